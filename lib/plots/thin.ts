/** Points of a curve; null leaves a gap. */
export interface Curve {
  x: readonly number[];
  y: readonly (number | null)[];
}

/** Largest number of points drawn of one curve: more than its pixels can show. */
const most = 4000;

/**
 * Downsamples a long curve: of each interval the first, minimum, maximum and last point and a gap
 * are kept, so that peaks and gaps remain. Curves of up to 4000 points stay as they are.
 */
export function thin(curve: Curve): Curve {
  const { x, y } = curve;
  if (y.length <= most) return curve;
  const stretch = Math.ceil((5 * y.length) / most);
  const kept: number[] = [];
  for (let start = 0; start < y.length; start += stretch) {
    const end = Math.min(y.length, start + stretch);
    kept.push(...placesOf(y, start, end));
  }
  return { x: kept.map((i) => x[i]!), y: kept.map((i) => y[i]!) };
}

function placesOf(y: Curve['y'], start: number, end: number): number[] {
  let [least, greatest, gap] = [-1, -1, -1];
  for (let i = start; i < end; i++) {
    const value = y[i] ?? null;
    if (value === null) {
      if (gap < 0) gap = i;
      continue;
    }
    if (least < 0 || value < y[least]!) least = i;
    if (greatest < 0 || value > y[greatest]!) greatest = i;
  }
  const places = [start, least, greatest, gap, end - 1].filter((place) => place >= 0);
  return [...new Set(places)].sort((a, b) => a - b);
}
