import type { Numbers } from './types';

/** Least and greatest of the finite values; `flat` when they are equal or there are none. */
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

/** A number in few characters: `0.995`, `1.23e-4`, `3,550,602`. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(digits - 1).replace(/\.?0*e/, 'e');
  return String(Number(value.toPrecision(digits)));
}
