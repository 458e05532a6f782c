import * as fs from 'node:fs';
import * as path from 'node:path';
import type { NotebookSummary, Summary } from '../summary/summary';
import { overview } from './index-page';
import { escaped, navigation, partOfOne } from './parts';

/** A notebook's page, without what surrounds its `<main>`. */
export interface Chapter {
  notebook: NotebookSummary;
  main: string;
}

/** Ids are those of a page; here many pages are one, so each gets its notebook's name. */
function withOwnIds({ notebook, main }: Chapter): string {
  const own = `${escaped(notebook.name)}:`;
  return main
    .replace(/<(?:section|h[1-6])\b[^<>]*? id=["']/g, (begin) => begin + own)
    .replace(/<a\b[^<>]*? href=["']#/g, (begin) => begin + own);
}

function script(file: string): string {
  const code = fs.readFileSync(file, 'utf8').replace(/<\/(?=script)/gi, '<\\/');
  return `<script>\n${code}\n</script>`;
}

/**
 * The whole report as one HTML file: nothing is loaded from beside it.
 *
 * @param assets folder of the site's own style and scripts
 */
export function singleFile(
  summary: Summary,
  chapters: readonly Chapter[],
  assets: string,
  plotly: string,
): string {
  const pages = chapters.map(
    (chapter) =>
      `<main id="${escaped(chapter.notebook.name)}" class="chapter">${withOwnIds(chapter)}</main>`,
  );
  const hasFigures = pages.some((page) => page.includes('class="plotly-figure"'));
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>Report</title>',
    `<style>\n${fs.readFileSync(path.join(assets, 'site.css'), 'utf8')}</style>`,
    script(path.join(assets, 'theme.js')),
    '</head>',
    '<body>',
    navigation(summary, 'index', partOfOne),
    `<main id="index">\n${overview(summary, partOfOne)}\n</main>`,
    ...pages,
    ...(hasFigures ? [script(plotly), script(path.join(assets, 'figures.js'))] : []),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
