import { GradbookError } from '../runtime';
import { rangeOf } from './numbers';
import type { Numbers, Values } from './types';

/** Heat maps `[images, height, width]`, as plain values or as `explain` returns them. */
export type HeatMaps =
  | Values
  | {
      maps: Numbers;
      shape: readonly number[];
      /** Status of each map: `ok`, or why it is empty. */
      status?: readonly string[];
    };

/** One heat map, at the size of its image, from 0 to 1; or why it cannot be drawn. */
export type HeatMap =
  | { kind: 'map'; at(column: number, row: number): number; low: number; high: number }
  | { kind: 'flat'; value: number }
  | { kind: 'none'; why: string };

/**
 * Takes one map of a batch, resized to the image and scaled to 0…1.
 *
 * @param given `[images, height, width]`, a last dimension of 1 is allowed
 * @param size of the image; a smaller map is interpolated bilinearly between its cells' centres
 * @param range the values mapped to 0 and 1; default the map's own minimum and maximum
 * @throws GradbookError `bad-shape`, or `row-out-of-range`
 */
export function heatMapOf(
  given: HeatMaps,
  row: number,
  size: { width: number; height: number },
  range?: readonly [number, number],
): HeatMap {
  const maps = 'maps' in given ? { ...given, values: given.maps } : given;
  const [count = 0, height = 0, width = 0, last = 1] = maps.shape;
  if (maps.shape.length < 3 || maps.shape.length > 4 || last !== 1) {
    throw new GradbookError(
      `maps of shape [${maps.shape.join(', ')}]: give [images, height, width]`,
      'bad-shape',
    );
  }
  if (row < 0 || row >= count) {
    throw new GradbookError(
      `map ${row} of ${count}: give a map for every image of the set`,
      'row-out-of-range',
    );
  }
  const status = 'status' in given ? given.status?.[row] : undefined;
  if (status !== undefined && status !== 'ok') return { kind: 'none', why: status };
  const start = row * height * width;
  const values = Float64Array.from({ length: height * width }, (_, i) => maps.values[start + i]!);
  if (!values.every(Number.isFinite)) return { kind: 'none', why: 'not numbers' };
  const own = rangeOf(values);
  if (own.flat) return { kind: 'flat', value: own.low };
  const [low, high] = range ?? [own.low, own.high];
  const cell = (x: number, y: number) => values[y * width + x]!;
  return {
    kind: 'map',
    low: own.low,
    high: own.high,
    at: (column, line) => {
      const x = between(column, size.width, width);
      const y = between(line, size.height, height);
      const top = cell(x.low, y.low) * (1 - x.share) + cell(x.high, y.low) * x.share;
      const bottom = cell(x.low, y.high) * (1 - x.share) + cell(x.high, y.high) * x.share;
      return (top * (1 - y.share) + bottom * y.share - low) / (high - low);
    },
  };
}

/** The two cells whose centres enclose a pixel's centre, and the weight of the second. */
function between(pixel: number, pixels: number, cells: number) {
  const place = Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / pixels - 0.5));
  const low = Math.floor(place);
  return { low, high: Math.min(cells - 1, low + 1), share: place - low };
}
