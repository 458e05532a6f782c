import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeFileAtomic } from '../../runtime';
import type { NotebookSummary, Summary } from '../summary';
import { convert } from './convert';
import { indexPage } from './index-page';
import { escaped, navigation, results } from './parts';

const assets = path.join(__dirname, 'assets');

/**
 * Writes the report site beside the executed notebooks: a page each, the index, and what they all
 * share. Nothing in it needs a network.
 *
 * @param out folder of the reports; the notebooks named in the summary are in it
 * @param cache folder for converted pages
 */
export async function writeSite(summary: Summary, out: string, cache: string): Promise<void> {
  const executed = summary.notebooks.filter(({ notebook }) => notebook !== null);
  const files = executed.map(({ name, notebook }) => [name, path.join(out, notebook!)]);
  const pages = await convert(Object.fromEntries(files), cache);
  for (const notebook of executed) {
    writeFileAtomic(
      path.join(out, notebook.html!),
      complete(pages[notebook.name]!, notebook, summary),
    );
  }
  writeFileAtomic(path.join(out, 'index.html'), indexPage(summary));
  for (const file of fs.readdirSync(assets)) place(path.join(assets, file), out);
  place(require.resolve('plotly.js/dist/plotly.min.js'), out);
}

/** Puts in what the template left open. Functions, since the text may hold `$&` and the like. */
function complete(page: string, notebook: NotebookSummary, summary: Summary): string {
  // Five megabytes that a page without figures need not load.
  const scripts = page.includes('class="plotly-figure"')
    ? '<script src="assets/plotly.min.js"></script>\n<script src="assets/figures.js"></script>'
    : '';
  return page
    .replace('<!-- gradbook:head -->', () => `<title>${escaped(notebook.title)}</title>`)
    .replace('<!-- gradbook:navigation -->', () => navigation(summary, notebook.name))
    .replace('<!-- gradbook:results -->', () => results(notebook))
    .replace('<!-- gradbook:scripts -->', () => scripts);
}

function place(file: string, out: string): void {
  const target = path.join(out, 'assets', path.basename(file));
  const content = fs.readFileSync(file);
  if (fs.existsSync(target) && fs.readFileSync(target).equals(content)) return;
  writeFileAtomic(target, content);
}
