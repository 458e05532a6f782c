import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { inWorkspace } from '../../lib/runtime';

/** Folder of the screenshots. */
export const pictures = inWorkspace('reports/browser');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
];

/** JupyterLab as `npm run lab` starts it, with its own browser, settings and caches. */
export class Lab {
  /** Folder of the notebooks that are opened, relative to the workspace. */
  readonly folder = `reports/browser/work-${process.pid}`;
  private server!: ChildProcess;
  private browser!: Browser;
  private address!: URL;
  private log = '';

  static async start(): Promise<Lab> {
    const lab = new Lab();
    fs.mkdirSync(inWorkspace(lab.folder), { recursive: true });
    try {
      lab.address = await lab.serve();
      const executablePath = process.env['GRADBOOK_CHROMIUM'] || 'chromium';
      lab.browser = await chromium.launch({
        executablePath: absolute(executablePath),
        args: flags,
      });
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  private serve(): Promise<URL> {
    const cache = this.makeCache();
    const settings = path.join(cache, 'settings');
    // All cells are rendered, also those outside the viewport.
    choose(settings, 'notebook-extension/tracker', { windowingMode: 'none' });
    // The page shows its state.
    const config = path.join(cache, 'config');
    fs.mkdirSync(config);
    const told = JSON.stringify({ LabApp: { expose_app_in_browser: true } });
    fs.writeFileSync(path.join(config, 'jupyter_lab_config.json'), told);
    this.server = spawn(
      process.execPath,
      [inWorkspace('scripts/lab.mjs'), '--no-browser', '--port', '0'],
      {
        env: {
          ...process.env,
          GRADBOOK_CACHE: cache,
          GRADBOOK_PROFILE: 'smoke',
          JUPYTER_CONFIG_DIR: config,
          JUPYTERLAB_SETTINGS_DIR: settings,
          JUPYTERLAB_WORKSPACES_DIR: path.join(cache, 'workspaces'),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    // JupyterLab is ended also when the tests are killed.
    process.once('exit', () => this.server.kill('SIGTERM'));
    process.once('SIGTERM', () => process.exit(1));
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer) => {
        this.log += chunk.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+\/lab\S*token=\w+/.exec(this.log);
        if (found) resolve(new URL(found[0]));
      };
      this.server.stdout?.on('data', read);
      this.server.stderr?.on('data', read);
      this.server.once('exit', () => reject(new Error(`JupyterLab did not start:\n${this.log}`)));
    });
  }

  /** A cache folder that shares features and weights but not the user's models. */
  private makeCache(): string {
    const cache = inWorkspace(this.folder, 'cache');
    fs.mkdirSync(cache);
    for (const name of ['weights', 'features']) {
      const shared = inWorkspace('.cache', name);
      if (fs.existsSync(shared)) fs.symlinkSync(shared, path.join(cache, name));
    }
    return cache;
  }

  /** The terminal output of JupyterLab and its kernels. */
  get output(): string {
    return this.log;
  }

  /** Process ids of the kernels that run under this JupyterLab. */
  kernels(): number[] {
    return childrenOf(this.server.pid!).filter((pid) =>
      commandOf(pid).includes('kernel/start.cjs'),
    );
  }

  /** Opens a notebook of `folder` on a new page. */
  async open(name: string): Promise<Page> {
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 1000 } });
    const token = this.address.searchParams.get('token');
    const url = `${this.address.origin}/doc/tree/${this.folder}/${name}?token=${token}`;
    await page.goto(url, { timeout: 300_000 });
    return page;
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    if (this.server && this.server.exitCode === null) {
      const gone = new Promise((resolve) => this.server.once('exit', resolve));
      const kernels = this.kernels();
      this.server.kill('SIGTERM');
      const late = setTimeout(() => {
        for (const pid of [...kernels, this.server.pid!]) kill(pid);
      }, 60_000);
      await gone;
      clearTimeout(late);
    }
    fs.rmSync(inWorkspace(this.folder), { recursive: true, force: true });
  }
}

/** Changes a setting of JupyterLab. */
function choose(folder: string, plugin: string, values: object): void {
  const file = path.join(folder, '@jupyterlab', `${plugin}.jupyterlab-settings`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(values));
}

function absolute(program: string): string {
  if (path.isAbsolute(program)) return program;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = folders.map((dir) => path.join(dir, program)).find((file) => fs.existsSync(file));
  if (!found) throw new Error(`${program} is not on the PATH: install it or set GRADBOOK_CHROMIUM`);
  return found;
}

/** All descendants of a process, by /proc. */
function childrenOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found: number[] = [];
  const search = (parent: number) => {
    for (const [child, its] of parents) {
      if (its !== parent) continue;
      found.push(child);
      search(child);
    }
  };
  search(pid);
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
