import * as fs from 'node:fs';
import * as path from 'node:path';
import { escapeHtml } from '../../notebook';
import type { Summary } from '../summary/summary';
import type { Chapter } from './chapter';
import { keyFigures } from './figures';
import { landing, reportTitle } from './landing';
import { contents, header } from './navigation';
import { htmlPage } from './page';
import { partOfOne } from './parts';

/** Ids are those of a page; here many pages are one, so each gets its notebook's name. */
function withOwnIds({ notebook, main }: Chapter): string {
  const own = `${escapeHtml(notebook.name)}:`;
  return main
    .replace(/<(?:section|figure|h[1-6])\b[^<>]*? id=["']/g, (begin) => begin + own)
    .replace(/<a\b[^<>]*? href=["']#/g, (begin) => begin + own);
}

function script(file: string): string {
  const code = fs.readFileSync(file, 'utf8').replace(/<\/(?=script)/gi, '<\\/');
  return `<script>\n${code}\n</script>`;
}

/**
 * The whole report as one HTML file: nothing is loaded from beside it. The browser's own search
 * finds text in it.
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
      `<main id="${escapeHtml(chapter.notebook.name)}" class="chapter">${withOwnIds(chapter)}</main>`,
  );
  const figures = keyFigures(
    chapters.map(({ notebook, figures }) => ({
      ...{ html: notebook.name, title: notebook.title, figures },
    })),
    partOfOne,
    (name, id) => `#${name}:${id}`,
  );
  const first = landing(summary, partOfOne, figures, []);
  const hasFigures = pages.some((page) => page.includes('class="plotly-place"'));
  return htmlPage({
    title: reportTitle(summary),
    header: header(reportTitle(summary), partOfOne, false),
    contents: contents(summary, 'index', partOfOne),
    main: [`<div class="chapters"><main id="index">\n${first}\n</main>`, ...pages, '</div>'].join(
      '\n',
    ),
    scripts: hasFigures ? [script(plotly), script(path.join(assets, 'figures.js'))].join('\n') : '',
    assets: [
      `<style>\n${fs.readFileSync(path.join(assets, 'site.css'), 'utf8')}</style>`,
      script(path.join(assets, 'theme.js')),
    ].join('\n'),
  });
}
