import { execFile } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { GradbookError, inWorkspace, writeFileAtomic } from '../../runtime';
import type { Summary } from '../summary/summary';

const templates = path.join(__dirname, 'template');

/** Changes when the notebook or the template does. */
function fingerprint(notebook: string): string {
  const hash = crypto.createHash('sha256');
  hash.update(fs.readFileSync(notebook));
  const folder = path.join(templates, 'gradbook');
  for (const file of fs.readdirSync(folder).sort()) {
    hash.update(fs.readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex');
}

/** `convert` for all notebooks of a summary that were executed; they are in `out`. */
export function convertExecuted(
  { notebooks }: Summary,
  out: string,
  cache: string,
): Promise<Record<string, string>> {
  const executed = notebooks.flatMap(({ name, notebook }) =>
    notebook === null ? [] : [[name, path.join(out, notebook)] as const],
  );
  return convert(Object.fromEntries(executed), cache);
}

/**
 * Turns executed notebooks into HTML with the workspace's nbconvert, all in one call; what was
 * converted before and has not changed is taken from the cache.
 *
 * @param notebooks files by name
 * @param cache folder of what was converted before
 * @returns the pages by name, still without navigation and results
 * @throws GradbookError `html` when nbconvert is not there or fails
 */
async function convert(
  notebooks: Readonly<Record<string, string>>,
  cache: string,
): Promise<Record<string, string>> {
  const pages: Record<string, string> = {};
  const marks: Record<string, string> = {};
  for (const [name, file] of Object.entries(notebooks)) {
    const mark = `<!-- ${fingerprint(file)} -->\n`;
    marks[name] = mark;
    const cached = path.join(cache, `${name}.html`);
    const page = fs.existsSync(cached) ? fs.readFileSync(cached, 'utf8') : '';
    if (page.startsWith(mark)) pages[name] = page.slice(mark.length);
  }
  const changed = Object.keys(notebooks).filter((name) => pages[name] === undefined);
  if (changed.length === 0) return pages;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-html-'));
  try {
    await nbconvert(
      changed.map((name) => notebooks[name]!),
      folder,
    );
    for (const name of changed) {
      const output = path.basename(notebooks[name]!, '.ipynb');
      const page = fs.readFileSync(path.join(folder, `${output}.html`), 'utf8');
      writeFileAtomic(path.join(cache, `${name}.html`), marks[name] + page);
      pages[name] = page;
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return pages;
}

async function nbconvert(files: readonly string[], folder: string): Promise<void> {
  const python = inWorkspace('.venv/bin/python');
  if (!fs.existsSync(python)) {
    throw new GradbookError(
      `no HTML: ${python} is not there. Run \`npm run setup\`, or use --no-html.`,
      'html',
    );
  }
  try {
    await promisify(execFile)(
      python,
      [
        ...['-m', 'nbconvert', '--to', 'html', '--template', 'gradbook', '--log-level', 'ERROR'],
        `--TemplateExporter.extra_template_basedirs=${templates}`,
        ...['--output-dir', folder],
        ...files,
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
  } catch (error) {
    const text = String((error as { stderr?: string }).stderr || (error as Error).message);
    throw new GradbookError(
      `nbconvert could not make the HTML pages: ${text.trim().split('\n').slice(-3).join(' ')}`,
      'html',
    );
  }
}
