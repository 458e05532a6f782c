import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeFileAtomic } from '../../runtime';
import type { NotebookSummary, Summary } from '../summary/summary';
import { convert } from './convert';
import { indexPage } from './index-page';
import { tryLink } from './live/try-page';
import { writeLive } from './live/write-live';
import { escaped, navigation, ownFile, results } from './parts';
import { printPdf } from './pdf';
import { type Chapter, singleFile } from './single-file';

const assets = path.join(__dirname, 'assets');

const plotly = require.resolve('plotly.js/dist/plotly.min.js');

/** What is written beside the site, on request. */
export interface Extras {
  /** The whole report as one HTML file, `report.html`. */
  singleFile: boolean;
  /** The whole report as `report.pdf`, printed by this Chromium. */
  pdf: string | null;
}

/**
 * Writes the report site beside the executed notebooks: a page each, the index, and what they all
 * share. Nothing in it needs a network.
 *
 * @param out folder of the reports; the notebooks named in the summary are in it
 * @param cache folder for converted pages
 * @param data folder of the data set. Default: the workspace's own
 * @returns the files to open, the first page first
 * @throws GradbookError `html` when nbconvert or the browser fails
 */
export async function writeSite(
  summary: Summary,
  out: string,
  cache: string,
  extras: Extras = { singleFile: false, pdf: null },
  data?: string,
): Promise<string[]> {
  const executed = summary.notebooks.filter(({ notebook }) => notebook !== null);
  const files = executed.map(({ name, notebook }) => [name, path.join(out, notebook!)]);
  const [pages, live] = await Promise.all([
    convert(Object.fromEntries(files), cache),
    writeLive(summary, out, path.join(cache, 'live'), data),
  ]);
  for (const notebook of executed) {
    writeFileAtomic(
      path.join(out, notebook.html!),
      complete(pages[notebook.name]!, notebook, summary),
    );
  }
  const index = path.join(out, 'index.html');
  const link = live ? tryLink : '';
  writeFileAtomic(index, indexPage(summary).replace('<!-- gradbook:live -->', link));
  for (const file of fs.readdirSync(assets)) place(path.join(assets, file), out);
  place(plotly, out);
  const written = [index];
  if (!extras.singleFile && !extras.pdf) return written;
  const chapters = executed.map((notebook) => chapter(pages[notebook.name]!, notebook));
  const single = path.join(out, extras.singleFile ? 'report.html' : `.report-${process.pid}.html`);
  writeFileAtomic(single, singleFile(summary, chapters, assets, plotly));
  if (extras.singleFile) written.push(single);
  if (extras.pdf) {
    const pdf = path.join(out, 'report.pdf');
    try {
      writeFileAtomic(pdf, await printPdf(single, extras.pdf));
    } finally {
      if (!extras.singleFile) fs.rmSync(single, { force: true });
    }
    written.push(pdf);
  }
  return written;
}

/** A page's inside, with the results. */
function chapter(page: string, notebook: NotebookSummary): Chapter {
  const begin = page.indexOf('<main>') + '<main>'.length;
  const main = page.slice(begin, page.lastIndexOf('</main>'));
  return { notebook, main: main.replace('<!-- gradbook:results -->', () => results(notebook)) };
}

/** Puts in what the template left open. Functions, since the text may hold `$&` and the like. */
function complete(page: string, notebook: NotebookSummary, summary: Summary): string {
  // Five megabytes that a page without figures need not load.
  const scripts = page.includes('class="plotly-figure"')
    ? '<script src="assets/plotly.min.js"></script>\n<script src="assets/figures.js"></script>'
    : '';
  return page
    .replace('<!-- gradbook:head -->', () => `<title>${escaped(notebook.title)}</title>`)
    .replace('<!-- gradbook:navigation -->', () => navigation(summary, notebook.name, ownFile))
    .replace('<!-- gradbook:results -->', () => results(notebook))
    .replace('<!-- gradbook:scripts -->', () => scripts);
}

function place(file: string, out: string): void {
  const target = path.join(out, 'assets', path.basename(file));
  const content = fs.readFileSync(file);
  if (fs.existsSync(target) && fs.readFileSync(target).equals(content)) return;
  writeFileAtomic(target, content);
}
