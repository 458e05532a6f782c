import type { Numbers } from './types';

/** Minimum and maximum of the finite values; `flat` when they are equal or there are none. */
export function rangeOf(values: Numbers): { low: number; high: number; flat: boolean } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high, flat: low === high } : { low: 0, high: 0, flat: true };
}

/** Mean of some numbers; NaN for none. */
export function meanOf(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** The values as `short` writes them, with enough digits to distinguish them. */
export function shortApart(values: readonly number[]): string[] {
  const different = new Set(values).size;
  for (let digits = 3; digits < 17; digits++) {
    const texts = values.map((value) => (Number.isNaN(value) ? 'NaN' : short(value, digits)));
    if (new Set(texts).size === different) return texts;
  }
  return values.map(String);
}

/** Number of decimals, more where a nonzero value would be rounded to zero. */
export function fixed(value: number, places = 3): string {
  const text = value.toFixed(places);
  return value !== 0 && Number(text) === 0 ? short(value) : text;
}

/** A number in few characters: `0.995`, `1.23e-4`, `3,550,602`. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(digits - 1).replace(/\.?0*e/, 'e');
  return String(Number(value.toPrecision(digits)));
}
