import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeFileAtomic } from '../../runtime';
import type { Summary } from '../summary/summary';
import { type Chapter, chapterOf } from './chapter';
import { convertExecuted } from './convert';
import { keyFigures } from './figures';
import { landing, reportTitle } from './landing';
import { tryLink } from './live/try-page';
import { writeLive } from './live/write-live';
import { contents, header, neighbours } from './navigation';
import { htmlPage, searchScripts } from './page';
import { ownFile } from './parts';
import { printPdf } from './pdf';
import { searchIndex, searchScript } from './search-index';
import { singleFile } from './single-file';
import { writeIfChanged } from './write-if-changed';

const assets = path.join(__dirname, 'assets');

const plotly = require.resolve('plotly.js/dist/plotly.min.js');
const search = require.resolve('minisearch').replace(/cjs.index\.cjs$/, 'umd/index.js');

/** What is written beside the site, on request. */
export interface Extras {
  /** The whole report as one HTML file, `report.html`. */
  singleFile: boolean;
  /** The whole report as `report.pdf`, printed by this Chromium. */
  pdf: string | null;
}

/**
 * Writes the report site beside the executed notebooks: a page each, the first page with the results,
 * and what they all share. Nothing in it needs a network.
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
  const [pages, live] = await Promise.all([
    convertExecuted(summary, out, cache),
    writeLive(summary, out, path.join(cache, 'live'), data),
  ]);
  const chapters = executed.map((notebook, index) =>
    chapterOf(pages[notebook.name]!, notebook, index + 1),
  );
  const write = (file: string, text: string) => writeFileAtomic(path.join(out, file), text);
  for (const chapter of chapters) write(chapter.notebook.html!, page(chapter, summary, live));
  write('index.html', firstPage(summary, chapters, extras, live));
  const asset = (from: string, name: string) =>
    writeIfChanged(path.join(out, 'assets', name), fs.readFileSync(from));
  for (const file of fs.readdirSync(assets)) asset(path.join(assets, file), file);
  asset(plotly, 'plotly.min.js');
  asset(search, 'minisearch.js');
  write('assets/search-index.js', searchScript(searchIndex(searched(chapters))));
  const written = [path.join(out, 'index.html')];
  if (!extras.singleFile && !extras.pdf) return written;
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

function searched(chapters: readonly Chapter[]) {
  return chapters.map(({ notebook, main }) => ({
    ...{ html: notebook.html!, title: notebook.title, main },
  }));
}

/** Five megabytes of plotly.js are loaded by the pages with figures alone. */
function scripts(content: string): string {
  const drawing = content.includes('class="plotly-place"')
    ? '\n<script src="assets/plotly.min.js"></script>\n<script src="assets/figures.js"></script>'
    : '';
  return searchScripts + drawing;
}

function page({ notebook, main, headings }: Chapter, summary: Summary, live: boolean): string {
  const around = neighbours(summary, notebook.name, ownFile);
  return htmlPage({
    title: notebook.title,
    header: header(reportTitle(summary), ownFile, true),
    contents: contents(summary, notebook.name, ownFile, { headings, live }),
    main: `<main>\n${main}\n${around}\n</main>`,
    scripts: scripts(main),
  });
}

function firstPage(
  summary: Summary,
  chapters: readonly Chapter[],
  extras: Extras,
  live: boolean,
): string {
  const figures = keyFigures(
    chapters.map(({ notebook, figures }) => ({
      html: notebook.html!,
      title: notebook.title,
      figures,
    })),
    ownFile,
  );
  const files = [
    ...['summary.json', 'summary.md', 'junit.xml'],
    ...(extras.singleFile ? ['report.html'] : []),
    ...(extras.pdf ? ['report.pdf'] : []),
  ];
  const main = landing(summary, ownFile, (live ? tryLink : '') + figures, files);
  return htmlPage({
    title: reportTitle(summary),
    header: header(reportTitle(summary), ownFile, true),
    contents: contents(summary, 'index', ownFile, { live }),
    main: `<main>\n${main}\n${neighbours(summary, 'index', ownFile)}\n</main>`,
    scripts: scripts(main),
  });
}
