import { Canvas } from '../pictures/canvas';
import { pictureCell } from '../pictures/images';
import type { Images, Numbers, Values } from '../types';

/**
 * Small images for a scatter plot, by row: PNG data URLs, about 8 kB each for 64×64, so
 * that forty stay below half a megabyte in a notebook.
 */
export async function sprites(source: Images, rows: Numbers): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const row of Array.from(rows)) {
    const canvas = new Canvas(source.width, source.height);
    pictureCell(source, row, 1).draw(canvas, 0, 0);
    const { png } = await canvas.toPicture('');
    found.set(row, `data:image/png;base64,${png.toString('base64')}`);
  }
  return found;
}

/**
 * Rows spread over a 2-D map by farthest-point sampling, starting with the one nearest to the
 * centre.
 *
 * @param points `[examples, 2]`
 * @param count largest number of rows
 * @param apart smallest distance of two, as a fraction of the map's width; default 0.05, about a
 *   sprite
 */
export function spreadRows(points: Values, count: number, apart = 0.05): number[] {
  const rows = points.shape[0] ?? 0;
  const at = (row: number) => [points.values[row * 2]!, points.values[row * 2 + 1]!] as const;
  const scale = [0, 1].map((c) => {
    const values = Array.from({ length: rows }, (_, row) => points.values[row * 2 + c]!);
    return { low: Math.min(...values), size: Math.max(...values) - Math.min(...values) || 1 };
  });
  const place = Array.from({ length: rows }, (_, row) =>
    at(row).map((value, c) => (value - scale[c]!.low) / scale[c]!.size),
  );
  const distance = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
  const far = place.map((point) => -distance(point, [0.5, 0.5]));
  const chosen: number[] = [];
  while (chosen.length < Math.min(count, rows)) {
    const next = far.indexOf(Math.max(...far));
    if (chosen.length && far[next]! < apart) break;
    if (!chosen.length) far.fill(Number.POSITIVE_INFINITY);
    chosen.push(next);
    place.forEach((point, row) => {
      far[row] = Math.min(far[row]!, distance(point, place[next]!));
    });
    far[next] = Number.NEGATIVE_INFINITY;
  }
  return chosen;
}
