import { publish } from './sink';

/** Text that is safe inside an HTML element or attribute. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}

/** The text of an HTML fragment, roughly: tags gone, entities of `escapeHtml` and of nbconvert undone. */
export function textOf(markup: string): string {
  const entities: Record<string, string> = {
    '&amp;': '&',
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&#34;': '"',
    '&nbsp;': ' ',
  };
  return markup
    .replace(/<(br|\/p|\/tr|\/div|\/h\d|\/li)[^>]*>/gi, '\n')
    .replace(/<\/t[dh]>\s*(?=<t)/gi, '  ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|nbsp|#39|#34);/g, (entity) => entities[entity]!)
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/**
 * Shows HTML in the cell.
 *
 * @param markup shown as it is: escape untrusted text
 * @param text what a terminal shows instead; the markup's own text by default
 */
export function html(markup: string, text = textOf(markup)): void {
  publish({ 'text/html': markup, 'text/plain': text });
}
