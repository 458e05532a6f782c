import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import type { Explanation } from '../explain';
import { isBinary } from '../hooks';
import { forward } from '../network';
import { oneMap } from '../scale';
import { explainedModel } from '../supported';
import { targetMatrix } from '../targets';
import { type BaselineOptions, removerOf } from './baselines';
import { imputeLinear } from './impute';

/** How much the network itself relies on what the maps show. */
export interface Faithfulness {
  /**
   * Area under the probability curve while the highest pixels of the map are added to the baseline
   * (higher is better), and while the baseline takes their place (lower is better). Petsiuk et al.,
   * 2018, arXiv:1806.07421.
   */
  insertion: number;
  deletion: number;
  /** Mean probability at each fraction in `parts`. */
  insertionCurve: number[];
  deletionCurve: number[];
  /**
   * Fractions of the pixels exchanged at each step, `steps + 1` values from 0 to 1: the squares of
   * equal steps, since a curve falls or rises within the few pixels that matter.
   */
  parts: number[];
  /**
   * Mean relative fall of the probability when the image fades into the baseline where
   * its map is low (lower is better), and the part of the images whose probability rises (higher is
   * better). Chattopadhay et al., 2018, arXiv:1710.11063, who multiply by the map: baseline `black`.
   */
  averageDrop: number;
  increase: number;
  /**
   * ROAD combined: mean over the percentiles of half the difference between removing the least and
   * the most relevant pixels first (higher is better). Rong et al., 2022, arXiv:2202.00449.
   */
  road: number;
  /** The five scores image by image, such as for standard errors. */
  perImage: Record<'insertion' | 'deletion' | 'averageDrop' | 'increase' | 'road', Float64Array>;
}

export interface FaithfulnessOptions extends BaselineOptions {
  /** Steps of insertion and deletion. Default 16. */
  steps?: number;
  /** ROAD: percentages of pixels that are removed. Default 20, 40, 60, 80. */
  percentiles?: readonly number[];
  /** Changed images that go through the network at once. Default 64. */
  batchSize?: number;
  /**
   * Several labels an image: sigmoid instead of softmax turns logits into probabilities. Default
   * false; always so for a model that ends in one sigmoid unit.
   */
  multiLabel?: boolean;
}

/**
 * Scores maps by removing pixels in the order of the map and measuring the mean probability of the
 * explained classes. Removed pixels take the values of the `baseline`: with one far from the
 * training images, such as black, nearly all methods score alike.
 *
 * @param images `[n, height, width, channels]`, as given to `explain`, of the maps' size; the caller's
 * @throws RangeError when images and maps are of different sizes
 * @throws GradbookError `bad-model` for a segmentation; `unknown-baseline`; `bad-shape` for too few photos
 */
export function faithfulness(
  whole: LayersModel,
  images: Tensor4D,
  explanation: Explanation,
  options: FaithfulnessOptions = {},
): Faithfulness {
  const model = explainedModel(whole, explanation.output);
  if (model.outputs[0]!.shape.length !== 2) {
    throw new GradbookError(
      `model ${model.name} gives each pixel a class: faithfulness is measured on one probability an image`,
      'bad-model',
    );
  }
  const { steps = 16, percentiles = [20, 40, 60, 80] } = options;
  const [count, height, width, channels] = images.shape;
  const [maps, mapHeight, mapWidth] = explanation.shape;
  if (maps !== count || mapHeight !== height || mapWidth !== width) {
    throw new RangeError(
      `maps of shape [${explanation.shape.join(', ')}] for images of shape [${images.shape.join(', ')}]: explain them at the images' own size`,
    );
  }
  const pixels = height * width;
  const values = images.dataSync() as Float32Array;
  const remover = removerOf(images, values, options);
  const score = scorer(model, explanation, { height, width, channels }, options);
  const cut = (part: number) => Math.round(part * pixels);
  const parts = Array.from({ length: steps + 1 }, (_, step) => (step / steps) ** 2);
  const curves = { insertion: new Float64Array(steps + 1), deletion: new Float64Array(steps + 1) };
  const perImage = emptyScores(count);
  for (let image = 0; image < count; image++) {
    const picture = oneMap(values, pixels * channels, image);
    const map = oneMap(explanation.maps, pixels, image);
    const order = ranking(map);
    const changed: Float32Array[] = [];
    for (let step = 0; step <= steps; step++) {
      changed.push(remover.keep(image, first(order, cut(parts[step]!), 1)));
    }
    for (let step = 0; step <= steps; step++) {
      changed.push(remover.keep(image, first(order, cut(parts[step]!), 0)));
    }
    changed.push(picture, remover.blend(image, map));
    const backwards = order.slice().reverse();
    for (const percentile of percentiles) {
      for (const ranked of [backwards, order]) {
        const known = first(ranked, cut(percentile / 100), 0);
        changed.push(imputeLinear(picture, known, { height, width, channels }));
      }
    }
    const found = score(changed, image);
    for (const [i, name] of (['insertion', 'deletion'] as const).entries()) {
      const curve = found.subarray(i * (steps + 1), (i + 1) * (steps + 1));
      perImage[name][image] = area(parts, curve);
      curve.forEach((value, step) => {
        curves[name][step]! += value / count;
      });
    }
    const rest = found.subarray(2 * (steps + 1));
    perImage.averageDrop[image] = Math.max(0, rest[0]! - rest[1]!) / Math.max(rest[0]!, 1e-12);
    perImage.increase[image] = rest[1]! > rest[0]! ? 1 : 0;
    percentiles.forEach((_, i) => {
      perImage.road[image]! += (rest[2 + 2 * i]! - rest[3 + 2 * i]!) / 2 / percentiles.length;
    });
  }
  const mean = (scores: Float64Array) => scores.reduce((sum, value) => sum + value, 0) / count;
  return {
    insertion: mean(perImage.insertion),
    deletion: mean(perImage.deletion),
    insertionCurve: [...curves.insertion],
    deletionCurve: [...curves.deletion],
    parts,
    averageDrop: mean(perImage.averageDrop),
    increase: mean(perImage.increase),
    road: mean(perImage.road),
    perImage,
  };
}

function emptyScores(count: number): Faithfulness['perImage'] {
  const empty = () => new Float64Array(count);
  return {
    ...{ insertion: empty(), deletion: empty(), road: empty() },
    ...{ averageDrop: empty(), increase: empty() },
  };
}

/** Pixels from the highest value of the map to the lowest; equal values in their own order. */
export function ranking(map: Float32Array): Int32Array {
  const order = Int32Array.from(map, (_, i) => i);
  return order.sort((a, b) => map[b]! - map[a]! || a - b);
}

/** A value for the first `count` pixels of an order and the other one of 0 and 1 for the rest. */
function first(order: Int32Array, count: number, value: 0 | 1): Uint8Array {
  const result = new Uint8Array(order.length).fill(1 - value);
  for (let i = 0; i < count; i++) result[order[i]!] = value;
  return result;
}

/** The trapezoid rule. */
function area(x: readonly number[], y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 1; i < x.length; i++) sum += ((x[i]! - x[i - 1]!) * (y[i - 1]! + y[i]!)) / 2;
  return sum;
}

function scorer(
  model: LayersModel,
  explanation: Explanation,
  { height, width, channels }: { height: number; width: number; channels: number },
  { batchSize = 64, multiLabel = false }: FaithfulnessOptions,
): (pictures: readonly Float32Array[], image: number) => Float32Array {
  const classes = explanation.logits.length / explanation.shape[0];
  const targets = targetMatrix(explanation.classes, classes);
  const sigmoid = multiLabel || isBinary(model);
  return (pictures, image) => {
    const result = new Float32Array(pictures.length);
    for (let start = 0; start < pictures.length; start += batchSize) {
      const some = pictures.slice(start, start + batchSize);
      const flat = new Float32Array(some.length * height * width * channels);
      some.forEach((picture, i) => {
        flat.set(picture, i * picture.length);
      });
      tf.tidy(() => {
        const logits = forward(model, tf.tensor4d(flat, [some.length, height, width, channels]));
        const probabilities = sigmoid ? tf.sigmoid(logits) : tf.softmax(logits);
        const target = tf.tensor1d(oneMap(targets, classes, image));
        const chosen = probabilities.mul(target).sum(1).div(target.sum());
        result.set(chosen.dataSync() as Float32Array, start);
      });
    }
    return result;
  };
}
