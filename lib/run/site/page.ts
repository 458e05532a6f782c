import { escapeHtml } from '../../notebook';
/** What stands around the content of every page. */
export interface PageParts {
  title: string;
  /** Elements of the head besides those that all pages share. */
  head?: string;
  header: string;
  contents: string;
  /** The content, with its `<main>`. */
  main: string;
  /** Script elements at the end of the body. */
  scripts: string;
  /** Style and theme; by default, links to the files of the site. */
  assets?: string;
}

const linked =
  '<link rel="stylesheet" href="assets/site.css">\n<script src="assets/theme.js"></script>';

/** A whole page of the report site. */
export function htmlPage(parts: PageParts): string {
  const { title, head = '', header, contents, main, scripts, assets = linked } = parts;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    assets,
    ...(head ? [head] : []),
    '</head>',
    '<body>',
    header,
    '<div class="columns">',
    contents,
    main,
    '</div>',
    ...(scripts ? [scripts] : []),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Script elements of the search, for pages that have its field. */
export const searchScripts = ['minisearch', 'search-index', 'search']
  .map((name) => `<script src="assets/${name}.js"></script>`)
  .join('\n');
