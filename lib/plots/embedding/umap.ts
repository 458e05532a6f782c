import { GradbookError, Random } from '../../runtime';
import type { Values } from '../types';
import { pca } from './pca';

export interface UmapOptions {
  /** Number of nearest neighbours. Default 15, or fewer where there are fewer examples. */
  neighbours?: number;
  /** Minimum distance of points. Default 0.1. */
  minDistance?: number;
  /** Default 1. */
  seed?: number;
  /** Number of layout epochs. Default: that of umap-js, by the number of examples. */
  epochs?: number;
}

/**
 * A 2-D UMAP embedding (McInnes, Healy and Melville, 2018) by umap-js from a seed. More than 50
 * dimensions are first reduced to 50 by PCA.
 *
 * @param features `[examples, dimensions]`
 * @throws GradbookError `bad-shape` for fewer than three examples
 */
export function umap(
  features: Values,
  options: UmapOptions = {},
): { values: Float64Array; shape: [number, number] } {
  const rows = features.shape[0] ?? 0;
  if (rows < 3) {
    throw new GradbookError(`umap of ${rows} examples: give at least three`, 'bad-shape');
  }
  const wide = features.values.length / rows;
  const components = Math.min(50, rows, wide);
  const input = wide > 50 ? pca(features, { components, rounds: 8 }) : features;
  const columns = input.values.length / rows;
  const data = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, c) => input.values[row * columns + c]!),
  );
  const { UMAP } = require('umap-js') as typeof import('umap-js');
  const random = new Random(options.seed ?? 1);
  const map = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(options.neighbours ?? 15, rows - 1),
    minDist: options.minDistance ?? 0.1,
    random: () => random.next(),
    ...(options.epochs ? { nEpochs: options.epochs } : {}),
  });
  return { values: Float64Array.from(map.fit(data).flat()), shape: [rows, 2] };
}
