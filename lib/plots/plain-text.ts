/**
 * Escapes a name for plotly, which interprets `<b>` in a text as bold, `%{x}` in a hover text as a
 * value, and text between dollar signs as TeX. It uses the names of an axis as keys of an object,
 * so that `constructor` and other members of all objects would not be drawn: their first character
 * is written as an entity.
 */
export function plainText(text: string): string {
  if (text in Object.prototype) return `&#${text.charCodeAt(0)};${text.slice(1)}`;
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('$', '&#36;')
    .replaceAll('%{', '&#37;{');
}

/** Number of characters that plotly shows of a text: an entity is one. */
export function shownLength(text: string): number {
  return [...text.replace(/&(#\d+|[a-z]+);/g, ' ')].length;
}
