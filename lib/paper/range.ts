/**
 * The range of accuracies that a text of the paper names: `99.5 %` is 0.995, `about 30 %` is 0.3,
 * `50 to 60 %` runs from 0.5 to 0.6; null for a text without a number between 0 and 1.
 */
export function paperRange(text: string): [number, number] | null {
  const scale = text.includes('%') ? 100 : 1;
  const numbers = [...text.matchAll(/\d+(?:\.\d+)?/g)].map(([digits]) => Number(digits) / scale);
  if (numbers.length === 0 || numbers.length > 2 || numbers.some((n) => n > 1)) return null;
  return [Math.min(...numbers), Math.max(...numbers)];
}

/**
 * A value in the form in which the paper prints its own: `98.8 %` beside `99.5 %`, `0.9880` beside
 * `0.9960`, `+0.054` beside a change.
 */
export function inPaperForm(value: number, paper: string | undefined, isChange = false): string {
  if (!Number.isFinite(value)) return String(value);
  const sign = isChange && value > 0 ? '+' : '';
  if (paper?.includes('%')) return `${sign}${trimmed((100 * value).toFixed(1))} %`;
  if (paper && /\d\.\d/.test(paper)) return `${sign}${value.toFixed(4)}`;
  return isChange ? `${sign}${trimmed((100 * value).toFixed(1))} points` : shortNumber(value);
}

const trimmed = (text: string): string => text.replace(/\.0+$/, '');

function shortNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (value > 0 && value < 1) return `${trimmed((100 * value).toFixed(value > 0.99 ? 2 : 1))} %`;
  return String(Number(value.toPrecision(4)));
}
