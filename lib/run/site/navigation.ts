import { escapeHtml, textOf } from '../../notebook';
import type { NotebookSummary, Summary } from '../summary/summary';
import type { Place } from './parts';

/** A heading of a page. */
export interface Heading {
  id: string;
  text: string;
}

/** The bar over every page: title, search, and buttons for code and theme. */
export function header(title: string, place: Place, search: boolean): string {
  const field = search
    ? `<div class="search" role="search"><input id="search" type="search" placeholder="Search" aria-label="Search the report"
 autocomplete="off"><ol class="found" hidden></ol></div>`
    : '';
  return `<header>
<a class="site" href="${escapeHtml(place('index.html'))}">${escapeHtml(title)}</a>
${field}
<button id="code" type="button" title="Show or hide the code" aria-pressed="false">Code</button>
<button id="theme" type="button" title="Light or dark" aria-label="Light or dark">◐</button>
</header>`;
}

/** The list of all pages, with the headings of the one that is shown, and the live page where there is one. */
export function contents(
  summary: Summary,
  current: string,
  place: Place,
  { headings = [], live = false }: { headings?: readonly Heading[]; live?: boolean } = {},
): string {
  const inside = headings.length
    ? `<ul>${headings.map(({ id, text }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(text)}</a></li>`).join('')}</ul>`
    : '';
  const item = (href: string, text: string, name: string) =>
    `<li><a href="${escapeHtml(href)}"${name === current ? ' aria-current="page"' : ''}>${escapeHtml(text)}</a>${name === current ? inside : ''}</li>`;
  const pages = withPage(summary).map(({ name, html, title }) =>
    item(place(html!), shortTitle(title, name), name),
  );
  const tries = live ? [item(place('try.html'), 'Try the networks', 'try')] : [];
  // Folded on a phone, where it would fill the screen; the script opens it where there is room.
  return `<nav class="contents" aria-label="Contents"><details open><summary>Contents</summary><ul>
${[item(place('index.html'), 'Results', 'index'), ...pages, ...tries].join('\n')}
</ul></details></nav>`;
}

/** Links to the pages before and after one. */
export function neighbours(summary: Summary, current: string, place: Place): string {
  const pages = [{ name: 'index', html: 'index.html', title: 'Results' }, ...withPage(summary)];
  const at = pages.findIndex(({ name }) => name === current);
  const link = (
    page: (typeof pages)[number] | undefined,
    rel: string,
    mark: (t: string) => string,
  ) =>
    page
      ? `<a rel="${rel}" href="${escapeHtml(place(page.html!))}">${mark(escapeHtml(shortTitle(page.title, page.name)))}</a>`
      : '<span></span>';
  const before = link(pages[at - 1], 'prev', (text) => `← ${text}`);
  const after = link(pages[at + 1], 'next', (text) => `${text} →`);
  return `<nav class="neighbours" aria-label="Previous and next">${before}${after}</nav>`;
}

function withPage({ notebooks }: Summary): NotebookSummary[] {
  return notebooks.filter(({ html }) => html !== null);
}

/** The part of a title before its first colon. */
function shortTitle(title: string, name: string): string {
  return (title || name).split(': ')[0]!;
}

/** The headings of the second level in a page. */
export function headingsOf(html: string): Heading[] {
  return [...html.matchAll(/<h2\b[^>]*? id=["']([^"']+)["'][^>]*>([\s\S]*?)<\/h2>/g)].map(
    ([, id, inner]) => ({ id: id!, text: plainText(inner!) }),
  );
}

/** The text of a piece of HTML on one line, without scripts and links to headings. */
export function plainText(html: string): string {
  const shown = html
    .replace(/<a class=["']anchor-link["'][\s\S]*?<\/a>/g, '')
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, ' ');
  return textOf(shown).replace(/\s+/g, ' ').trim();
}
