/**
 * A name as plotly shows it, sign by sign: plotly takes `<b>` in a text for bold print, `%{x}` in a
 * hover text for a value, and what stands between dollar signs for TeX. It keeps the names of an axis
 * as keys of an object, so that `constructor` and whatever else all objects have would not be drawn:
 * their first sign is written as an entity.
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

/** How many signs of a text plotly shows: an entity is one. */
export function shownLength(text: string): number {
  return [...text.replace(/&(#\d+|[a-z]+);/g, ' ')].length;
}
