import { escapeHtml } from '../../notebook';
import type { Place } from './parts';

/** A figure of a page: its number, and what it shows. */
export interface PageFigure {
  /** Such as `figure-5-2`. */
  id: string;
  /** Such as `Figure 5.2`. */
  label: string;
  /** The name that the notebook gave it with `gradbook.figure`; empty for none. */
  name: string;
  /** The element without its id, to be shown on another page. */
  element: string;
  /** Whether the cell is tagged `key-figure`. */
  isKey: boolean;
}

/** A figure that is numbered: its attributes, and what it contains. nbconvert chooses the quotes. */
const numberedFigure =
  /<figure\b([^>]*\bclass=["'][^"']*\bnumbered\b[^"']*["'][^>]*)>([\s\S]*?)<\/figure>/g;

/**
 * Numbers the figures of a page as those of a chapter, `Figure 5.1` and so on, and puts the number of
 * a figure behind each link to its name, `[the curves](#figure:curves)`.
 */
export function numberFigures(
  page: string,
  chapter: number,
): { page: string; figures: PageFigure[] } {
  const figures: PageFigure[] = [];
  const numbered = page.replace(numberedFigure, (_, attributes: string, element: string) => {
    const count = figures.length + 1;
    const id = `figure-${chapter}-${count}`;
    const label = `Figure ${chapter}.${count}`;
    const attribute = (name: string) =>
      new RegExp(`${name}=(?:"([^"]*)"|'([^']*)')`).exec(attributes)?.slice(1).find(Boolean) ?? '';
    const isKey = attribute('data-key') === 'yes';
    figures.push({ id, label, name: attribute('data-name'), isKey, element });
    const content = withLink(element, `#${id}`, label);
    return `<figure id="${id}"${attributes}>${content}</figure>`;
  });
  return { page: withReferences(numbered, figures), figures };
}

/** Puts a figure's number, as a link, at the head of its caption. */
function withLink(element: string, href: string, label: string): string {
  const link = `<a class="number" href="${escapeHtml(href)}">${label}</a> `;
  return element.replace('<figcaption>', () => `<figcaption>${link}`);
}

function withReferences(page: string, figures: readonly PageFigure[]): string {
  const named = new Map(figures.filter(({ name }) => name).map((one) => [one.name, one]));
  return page.replace(
    /<a href=["']#figure:([\w-]+)["']>([\s\S]*?)<\/a>/g,
    (whole, name: string, text: string) => {
      const figure = named.get(name);
      return figure ? `${text} (<a href="#${figure.id}">${figure.label}</a>)` : text || whole;
    },
  );
}

/** A page's key figures as they stand on the first page, with links to where they come from. */
export function keyFigures(
  pages: readonly { html: string; title: string; figures: readonly PageFigure[] }[],
  place: Place,
  anchor: (html: string, id: string) => string = (html, id) => `${place(html)}#${id}`,
): string {
  const shown = pages.flatMap(({ html, title, figures }) =>
    figures
      .filter(({ isKey }) => isKey)
      .map(({ element, id, label }) => {
        const kind = element.includes('plotly-place') ? 'plotly-figure ' : '';
        const content = withLink(element, anchor(html, id), label);
        return `<figure class="${kind}key" title="${escapeHtml(title)}">${content}</figure>`;
      }),
  );
  if (shown.length === 0) return '';
  return `<h2 id="key-figures">Key figures</h2>\n<div class="key-figures">\n${shown.join('\n')}\n</div>`;
}
