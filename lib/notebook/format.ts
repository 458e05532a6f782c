/** A number for display: integers with thousands separators, others with four significant digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return group(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2);
  const text = value.toFixed(decimals(size));
  // Settings such as 0.001 are shown short; values that change keep their width.
  return size < 0.01 ? text.replace(/0+$/, '') : text;
}

/** Digits after the point that leave four significant ones. */
function decimals(size: number): number {
  return Math.min(11, Math.max(0, 3 - Math.floor(Math.log10(size))));
}

function group(value: number): string {
  // Years, sizes and seeds below 10,000 have no separators.
  if (Math.abs(value) < 10_000) return String(value);
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Formats a column of numbers alike, so that they can be compared. Other values become text. */
export function formatColumn(values: readonly unknown[]): string[] {
  const numbers = values.filter((v): v is number => typeof v === 'number' && Number.isFinite(v));
  const largest = numbers.reduce((size, v) => Math.max(size, Math.abs(v)), 0);
  if (numbers.every(Number.isInteger)) return values.map(formatCell);
  if (largest >= 1e6 || largest < 1e-4) return values.map(formatCell);
  const places = largest < 1 ? decimals(largest) : Math.max(decimals(largest), 2);
  // Small values beside large ones get more digits: a nonzero value must not be shown as zero.
  const smallest = numbers.reduce(
    (size, v) => (v === 0 ? size : Math.min(size, Math.abs(v))),
    largest,
  );
  const enough = vanishes(smallest, places) ? decimals(smallest) - 2 : places;
  const shown = enough <= 8 ? enough : places;
  const texts = values.map((v) =>
    typeof v === 'number' && Number.isFinite(v) && !vanishes(v, shown)
      ? v.toFixed(shown)
      : formatCell(v),
  );
  return trimZeros(texts, values);
}

/** Whether a nonzero value is rounded to zero with this number of decimals. */
function vanishes(value: number, places: number): boolean {
  return value !== 0 && Number(value.toFixed(places)) === 0;
}

/** Drops the zeros that every number of the column ends with. */
function trimZeros(texts: string[], values: readonly unknown[]): string[] {
  // Digits of an exponent are kept.
  const isFixed = (i: number) => typeof values[i] === 'number' && /^-?\d+\.\d+$/.test(texts[i]!);
  const fixed = texts.filter((_, i) => isFixed(i));
  const zeros = Math.min(...fixed.map((text) => /0*$/.exec(text)![0].length));
  if (!(zeros > 0 && Number.isFinite(zeros))) return texts;
  return texts.map((text, i) => (isFixed(i) ? text.slice(0, -zeros).replace(/\.$/, '') : text));
}

/** One value of a table as text. */
export function formatCell(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 19).replace('T', ' ');
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>);
    const shown = items.slice(0, 8).map(formatCell).join(', ');
    return items.length > 8 ? `[${shown}, … ${items.length}]` : `[${shown}]`;
  }
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** A length of time: `12 ms`, `0.3 s`, `12 s`, `3 min 5 s`, `2 h 14 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds > 0 && seconds < 0.0495) {
    return seconds < 0.0005 ? '<1 ms' : `${Math.round(1000 * seconds)} ms`;
  }
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1 epoch`, `12 epochs`, `3 batches`. */
export function countOf(count: number, unit: string): string {
  const plural = /(s|x|tch|sh)$/.test(unit) ? `${unit}es` : `${unit}s`;
  return `${group(count)} ${count === 1 ? unit : plural}`;
}
