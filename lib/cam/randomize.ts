import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { getSeed, Random, tf } from '../runtime';
import { type Explanation, explain } from './explain';
import { allLayers } from './layers';
import type { ExplainOptions } from './options';
import { oneMap } from './scale';
import { ranking } from './scores/faithfulness';
import { explainedModel } from './supported';

/** Similarity of maps after the weights from the output down to `layer` were randomized. */
export interface RandomizedLayer {
  /** Path of the layer that was randomized last; `none` for the trained network. */
  layer: string;
  /** Mean Spearman rank correlation with the trained network's maps; 1 for the trained one. */
  rankCorrelation: number;
  maps: Float32Array;
  status: Explanation['status'];
}

/**
 * The cascading randomization test of Adebayo et al., 2018 (arXiv:1810.03292): layer after layer,
 * from the output backwards, weights are replaced by random ones of the same mean and standard
 * deviation. The maps of a method that depends on the learned weights must change; the classes
 * explained stay those of the trained network. The model's own weights are restored at the end,
 * after an error too.
 *
 * @param images belong to the caller
 * @param options as for `explain`; the layer must be given when it should not be the default one
 * @returns the trained network first, then a row for each layer with weights
 */
export function randomizationTest(
  model: LayersModel,
  images: Tensor4D,
  options: ExplainOptions = {},
): RandomizedLayer[] {
  const random = new Random(options.seed ?? getSeed());
  const trained = explain(model, images, options);
  const rows: RandomizedLayer[] = [
    { layer: 'none', rankCorrelation: 1, maps: trained.maps, status: trained.status },
  ];
  const kept = model.getWeights().map((weight) => weight.clone());
  try {
    for (const { layer, path } of allLayers(explainedModel(model, options.output)).reverse()) {
      const weights = layer.getWeights();
      if (weights.length === 0) continue;
      tf.tidy(() => layer.setWeights(weights.map((weight) => randomLike(weight, random))));
      const found = explain(model, images, { ...options, targets: trained.classes });
      const rankCorrelation = meanRankCorrelation(trained.maps, found.maps, images.shape[0]);
      rows.push({ layer: path, rankCorrelation, maps: found.maps, status: found.status });
    }
  } finally {
    model.setWeights(kept);
    tf.dispose(kept);
  }
  return rows;
}

function randomLike(weight: Tensor, random: Random): Tensor {
  const { mean, variance } = tf.moments(weight);
  const centre = mean.dataSync()[0]!;
  const deviation = Math.sqrt(variance.dataSync()[0]!) || 1e-3;
  // A variance of batch normalisation must stay positive.
  const positive = (weight.min().dataSync()[0] ?? 0) >= 0;
  const values = Float32Array.from({ length: weight.size }, () => {
    const value = centre + deviation * random.normal();
    return positive ? Math.abs(value) : value;
  });
  return tf.tensor(values, weight.shape);
}

/** The mean of Spearman's rank correlation over maps `[n, size]`; 0 for a map that is flat. */
export function meanRankCorrelation(a: Float32Array, b: Float32Array, images: number): number {
  const size = a.length / images;
  let mean = 0;
  for (let image = 0; image < images; image++) {
    const left = ranks(oneMap(a, size, image));
    const right = ranks(oneMap(b, size, image));
    mean += correlation(left, right) / images;
  }
  return mean;
}

/** Ranks from the highest value down; equal values share the mean of their ranks. */
function ranks(map: Float32Array): Float64Array {
  const order = ranking(map);
  const result = new Float64Array(map.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && map[order[end]!] === map[order[start]!]) end++;
    for (let i = start; i < end; i++) result[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const centre = (a.length - 1) / 2;
  let both = 0;
  let left = 0;
  let right = 0;
  for (let i = 0; i < a.length; i++) {
    both += (a[i]! - centre) * (b[i]! - centre);
    left += (a[i]! - centre) ** 2;
    right += (b[i]! - centre) ** 2;
  }
  return left === 0 || right === 0 ? 0 : both / Math.sqrt(left * right);
}
