import { plainText } from './navigation';

/** A part of the report that a search can find. */
export interface SearchEntry {
  id: number;
  /** Page and anchor. */
  href: string;
  /** Title of the page, then the heading. */
  page: string;
  heading: string;
  text: string;
}

/** Characters of a part that are searched: enough for its prose, and pages stay small. */
const longest = 4000;

/**
 * The prose of the pages, from one heading to the next; code and outputs are left out.
 *
 * @param pages content of each page by file
 */
export function searchIndex(
  pages: readonly { html: string; title: string; main: string }[],
): SearchEntry[] {
  const entries: Omit<SearchEntry, 'id'>[] = [];
  for (const { html, title, main } of pages) {
    const cells = main.match(/<section class=["']cell text["'][\s\S]*?<\/section>/g) ?? [];
    const prose = cells.join('\n');
    for (const part of prose.split(/(?=<h[1-4]\b[^>]* id=)/)) {
      const head = /^<h[1-4]\b[^>]*? id=["']([^"']+)["'][^>]*>([\s\S]*?)<\/h[1-4]>/.exec(part);
      const text = plainText(part.slice(head?.[0].length ?? 0)).slice(0, longest);
      if (!head && !text) continue;
      const heading = head ? plainText(head[2]!) : title;
      entries.push({ href: head ? `${html}#${head[1]}` : html, page: title, heading, text });
    }
  }
  return entries.map((entry, id) => ({ id, ...entry }));
}

/** The index as a script, since a page that is opened as a file may not fetch one. */
export function searchScript(entries: readonly SearchEntry[]): string {
  return `const gradbookSearch = ${JSON.stringify(entries)};\n`;
}
