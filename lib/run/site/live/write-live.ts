import { spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { CollectedAbout, CollectRequest } from '../../../live';
import { environment, GradbookError, inWorkspace, root, writeFileAtomic } from '../../../runtime';
import { engineName } from '../../engine-name';
import { threadVariables } from '../../execute/thread-variables';
import type { Summary } from '../../summary/summary';
import { writeIfChanged } from '../write-if-changed';
import { bundle } from './bundle';
import { type SavedNetworks, savedNetworks, saveNetworks } from './saved-networks';
import { emptyPage, livePage, tryPage } from './try-page';

/** Folders of `lib` that Node's numbers depend on. */
const sources = ['live', 'cam', 'ops', 'runtime', 'data', 'models', 'exchange'];

/**
 * Writes `try.html` and `try/`: the trained networks, to be tried in a browser, without a server. Where no
 * notebook of the report saves a network there is no such page, and one of an earlier report goes.
 *
 * What goes wrong here is said on the page and on stderr: hours of training are not lost for it.
 *
 * @param out folder of the reports
 * @param cache folder for bundles and for what Node computed
 * @param data folder of the data set. Default: the workspace's own
 * @returns whether there is a page
 */
export async function writeLive(
  summary: Summary,
  out: string,
  cache: string,
  data = environment().dataDir,
): Promise<boolean> {
  const page = path.join(out, tryPage);
  const folder = path.join(out, 'try');
  const saved = savedNetworks(summary, out);
  if (!saved) {
    fs.rmSync(page, { force: true });
    fs.rmSync(folder, { recursive: true, force: true });
    return false;
  }
  const files = new Map<string, string | Buffer>();
  let text: string;
  try {
    const about = await collected(saved, path.join(cache, 'collected'), data);
    if (about.networks > 0) await addScripts(files, about.folder, path.join(cache, 'scripts'));
    text =
      about.networks > 0 ? livePage(summary, about.missing) : emptyPage(summary, about.missing);
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(`the live page has no networks: ${message}\n`);
    files.clear();
    text = emptyPage(summary, saved.missing, message);
  }
  files.set('try.css', fs.readFileSync(path.join(__dirname, 'try.css')));
  fs.mkdirSync(folder, { recursive: true });
  for (const file of fs.readdirSync(folder)) {
    if (!files.has(file)) fs.rmSync(path.join(folder, file), { recursive: true });
  }
  for (const [file, content] of files)
    writeIfChanged(path.join(folder, file), Buffer.from(content));
  writeFileAtomic(page, text);
  return true;
}

/**
 * Fills the caches of `writeLive` with what is final while other notebooks still run: the page's programs, and,
 * once every notebook that saves a network has run, what Node computes.
 *
 * @param pending notebooks that have not finished
 */
export async function prepareLive(
  summary: Summary,
  out: string,
  cache: string,
  pending: readonly string[],
  data = environment().dataDir,
): Promise<void> {
  const saved = savedNetworks(summary, out);
  if (!saved || saved.wanted.length === 0) return;
  await programs(path.join(cache, 'scripts'));
  if (!saveNetworks(pending)) await collected(saved, path.join(cache, 'collected'), data, 1);
}

/** The page's two programs. */
function programs(cache: string): Promise<string[]> {
  return Promise.all([bundle('page/main.ts', cache), bundle('engine-main.ts', cache)]);
}

/** The page's two programs, and what was collected for them. */
async function addScripts(
  files: Map<string, string | Buffer>,
  folder: string,
  cache: string,
): Promise<void> {
  const [page, engine] = await programs(cache);
  files.set('page.js', page!);
  // A function whose text the page hands to a worker: a file could not start one from `file://`.
  files.set('engine.js', `globalThis.gradbookEngine = function () {\n${engine}\n};\n`);
  for (const file of fs.readdirSync(folder)) {
    if (file.endsWith('.js')) files.set(file, fs.readFileSync(path.join(folder, file)));
  }
}

/**
 * Lets a process of its own compute what the page needs of Node, or takes it from the cache where networks,
 * data set, `lib` and engine are the same.
 */
async function collected(
  { wanted, missing }: SavedNetworks,
  cache: string,
  data: string,
  threads?: number,
): Promise<CollectedAbout & { folder: string }> {
  if (wanted.length === 0) return { networks: 0, missing, folder: cache };
  const folder = path.join(cache, keyOf({ wanted, missing }, data));
  const about = path.join(folder, 'about.json');
  if (!fs.existsSync(about)) {
    fs.rmSync(cache, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    await runCollect({ wanted, missing, folder }, data, threads);
  }
  return { ...(JSON.parse(fs.readFileSync(about, 'utf8')) as CollectedAbout), folder };
}

/** Changes when anything does that the collected numbers depend on. */
function keyOf(saved: SavedNetworks, data: string): string {
  const hash = crypto.createHash('sha256');
  hash.update(JSON.stringify([saved, engineName(), process.version]));
  for (const { name } of saved.wanted) {
    // It holds the SHA-256 of the weights.
    hash.update(fs.readFileSync(path.join(environment().modelsDir, name, 'model.json')));
  }
  for (const file of fs.readdirSync(data).sort()) {
    const { size, mtimeMs } = fs.statSync(path.join(data, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  for (const folder of sources) {
    const own = fs.readdirSync(inWorkspace('lib', folder), { recursive: true, encoding: 'utf8' });
    for (const file of own.filter((name) => name.endsWith('.ts')).sort()) {
      hash.update(fs.readFileSync(inWorkspace('lib', folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 32);
}

async function runCollect(request: CollectRequest, data: string, threads?: number): Promise<void> {
  const program = inWorkspace('lib', 'live', 'collect-main.ts');
  const limits = threads === undefined ? {} : threadVariables(threads);
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    cwd: root,
    env: { ...process.env, ...limits, GRADBOOK_DATA: data },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.on('error', () => {}).end(JSON.stringify(request));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  if (code === 0) return;
  const last = said.trim().split('\n').at(-1) || `the process ended with code ${code}`;
  throw new GradbookError(last, 'live-page');
}
