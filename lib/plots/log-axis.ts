import { short } from './numbers';

/**
 * Settings of a log axis with ticks at the values themselves where they are few and far apart, such
 * as learning rates; at powers of ten where the axis has at least two of them; else at 2 and 5 as
 * well.
 */
export function logAxis(values: readonly (number | null)[]): Record<string, unknown> {
  const found = values.filter((value): value is number => value !== null && value > 0);
  const levels = [...new Set(found.map((value) => Number(value.toPrecision(3))))].sort(
    (a, b) => a - b,
  );
  const apart = levels.every((level, i) => i === 0 || level >= 1.6 * levels[i - 1]!);
  if (levels.length <= 6 && apart) {
    return { type: 'log', tickvals: levels, ticktext: levels.map((level) => short(level)) };
  }
  const low = Math.ceil(Math.log10(levels[0] ?? 1));
  const high = Math.floor(Math.log10(levels[levels.length - 1] ?? 1));
  if (high <= low) return { type: 'log', dtick: 'D2' };
  return { type: 'log', exponentformat: 'power', dtick: 1 };
}
