import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { Explanation } from '../explain';
import { isBinary } from '../hooks';
import { forward } from '../network';
import { oneMap } from '../scale';
import { targetMatrix } from '../targets';
import { imputeLinear } from './impute';

/** How much the network itself relies on what the maps show. */
export interface Faithfulness {
  /**
   * Area under the probability curve while the highest pixels of the map are added to a blurred
   * picture (higher is better), and while they are taken away (lower is better). Petsiuk et al.,
   * 2018, arXiv:1806.07421.
   */
  insertion: number;
  deletion: number;
  /** Mean probability at each step of the two curves, `steps + 1` values from 0 to all pixels. */
  insertionCurve: number[];
  deletionCurve: number[];
  /**
   * Mean fall of the probability, as a part of itself, when the picture is multiplied by its map
   * (lower is better), and the part of the pictures whose probability rises (higher is better).
   * Chattopadhay et al., 2018, arXiv:1710.11063.
   */
  averageDrop: number;
  increase: number;
  /**
   * ROAD combined: mean over the percentiles of half the difference between removing the least and
   * the most relevant pixels first (higher is better). Rong et al., 2022, arXiv:2202.00449.
   */
  road: number;
}

export interface FaithfulnessOptions {
  /** Steps of insertion and deletion. Default 16. */
  steps?: number;
  /** ROAD: percentages of pixels that are removed. Default 20, 40, 60, 80. */
  percentiles?: readonly number[];
  /** Changed pictures that go through the network at once. Default 64. */
  batchSize?: number;
  /**
   * Several labels an image: sigmoid instead of softmax turns logits into probabilities. Default
   * false; always so for a model that ends in one sigmoid unit.
   */
  multiLabel?: boolean;
}

/**
 * Scores maps by changing pictures as the maps say and looking at the mean probability of the
 * explained classes.
 *
 * @param images `[n, height, width, channels]`, as given to `explain`, of the maps' size; the caller's
 * @throws RangeError when images and maps are of different sizes
 */
export function faithfulness(
  model: LayersModel,
  images: Tensor4D,
  explanation: Explanation,
  options: FaithfulnessOptions = {},
): Faithfulness {
  const { steps = 16, percentiles = [20, 40, 60, 80] } = options;
  const [count, height, width, channels] = images.shape;
  const [maps, mapHeight, mapWidth] = explanation.shape;
  if (maps !== count || mapHeight !== height || mapWidth !== width) {
    throw new RangeError(
      `maps of shape [${explanation.shape.join(', ')}] for images of shape [${images.shape.join(', ')}]: explain them at the images' own size`,
    );
  }
  const size = { height, width, channels };
  const pixels = height * width;
  const values = images.dataSync() as Float32Array;
  const blurred = blur(images);
  const score = scorer(model, explanation, size, options);
  const sums = {
    insertion: new Float64Array(steps + 1),
    deletion: new Float64Array(steps + 1),
    drop: 0,
    rise: 0,
    road: 0,
  };
  for (let image = 0; image < count; image++) {
    const picture = oneMap(values, pixels * channels, image);
    const soft = oneMap(blurred, pixels * channels, image);
    const map = oneMap(explanation.maps, pixels, image);
    const order = ranking(map);
    const cut = (part: number) => Math.round(part * pixels);
    const changed: Float32Array[] = [];
    for (let step = 0; step <= steps; step++) {
      changed.push(exchange(soft, picture, order, cut(step / steps), channels));
    }
    for (let step = 0; step <= steps; step++) {
      changed.push(exchange(picture, soft, order, cut(step / steps), channels));
    }
    changed.push(picture, mask(picture, map, channels));
    const backwards = order.slice().reverse();
    for (const percentile of percentiles) {
      for (const ranked of [backwards, order]) {
        changed.push(imputeLinear(picture, without(ranked, cut(percentile / 100)), size));
      }
    }
    const found = score(changed, image);
    for (let step = 0; step <= steps; step++) {
      sums.insertion[step]! += found[step]! / count;
      sums.deletion[step]! += found[steps + 1 + step]! / count;
    }
    const rest = found.subarray(2 * (steps + 1));
    sums.drop += Math.max(0, rest[0]! - rest[1]!) / Math.max(rest[0]!, 1e-12) / count;
    sums.rise += (rest[1]! > rest[0]! ? 1 : 0) / count;
    percentiles.forEach((_, i) => {
      sums.road += (rest[2 + 2 * i]! - rest[3 + 2 * i]!) / 2 / percentiles.length / count;
    });
  }
  return {
    insertion: area(sums.insertion),
    deletion: area(sums.deletion),
    insertionCurve: [...sums.insertion],
    deletionCurve: [...sums.deletion],
    averageDrop: sums.drop,
    increase: sums.rise,
    road: sums.road,
  };
}

/** Pixels from the highest value of the map to the lowest; equal values in their own order. */
export function ranking(map: Float32Array): Int32Array {
  const order = Int32Array.from(map, (_, i) => i);
  return order.sort((a, b) => map[b]! - map[a]! || a - b);
}

/** A copy of `from` with its first `count` pixels of `order` taken out of `other`. */
function exchange(
  from: Float32Array,
  other: Float32Array,
  order: Int32Array,
  count: number,
  channels: number,
): Float32Array {
  const result = from.slice();
  for (let i = 0; i < count; i++) {
    const start = order[i]! * channels;
    for (let c = start; c < start + channels; c++) result[c] = other[c]!;
  }
  return result;
}

function mask(picture: Float32Array, map: Float32Array, channels: number): Float32Array {
  return picture.map((value, i) => value * map[Math.floor(i / channels)]!);
}

function without(order: Int32Array, count: number): Uint8Array {
  const known = new Uint8Array(order.length).fill(1);
  for (let i = 0; i < count; i++) known[order[i]!] = 0;
  return known;
}

/** The trapezoid rule on values at equal steps over 0…1. */
function area(curve: Float64Array): number {
  let sum = 0;
  for (let i = 1; i < curve.length; i++) sum += (curve[i - 1]! + curve[i]!) / 2;
  return sum / (curve.length - 1);
}

/** Images under a Gaussian of a tenth of their width, the picture without its contents. */
function blur(images: Tensor4D): Float32Array {
  return tf.tidy(() => {
    const channels = images.shape[3];
    const deviation = images.shape[2] / 10;
    const radius = Math.ceil(2 * deviation);
    const line = tf
      .range(-radius, radius + 1)
      .square()
      .div(-2 * deviation * deviation)
      .exp();
    const kernel = (shape: [number, number, number, number]) =>
      tf.tile(line.div(line.sum()).reshape(shape), [1, 1, channels, 1]) as Tensor4D;
    const vertical = kernel([2 * radius + 1, 1, 1, 1]);
    const horizontal = kernel([1, 2 * radius + 1, 1, 1]);
    const weight = tf.onesLike(images);
    const smooth = (x: Tensor4D) =>
      tf.depthwiseConv2d(tf.depthwiseConv2d(x, vertical, 1, 'same'), horizontal, 1, 'same');
    // Divided by the blurred weight, so that the edges do not darken.
    return smooth(images).div(smooth(weight)).dataSync() as Float32Array;
  });
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
