import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, getSeed, Random, tf } from '../../runtime';
import { type Explanation, explain } from '../explain';
import { integratedGradients } from '../methods/input-gradients';
import { checkImages, forward } from '../network';
import type { ExplainOptions } from '../options';
import { oneMap } from '../scale';
import { explainedModel } from '../supported';
import { resolveTargets, type Targets, targetMatrix } from '../targets';

export interface SensitivityOptions {
  /** Changed copies of each image. Default 10. */
  samples?: number;
  /** Half the width of the uniform noise, in the units of the images. Default 0.02. */
  radius?: number;
}

/**
 * Max-sensitivity (Yeh et al., 2019, arXiv:1901.09392): the largest relative change of a map, by
 * its norm, over some samples of imperceptible noise on the image. Lower is more stable. The
 * classes explained stay those of the images as they are. As in Captum, on maps scaled to 0…1.
 *
 * @param images `[n, height, width, channels]`; the caller's
 * @param options as for `explain`, with `samples` and `radius`
 * @returns one value per image; NaN where the map is empty
 * @example
 * const values = maxSensitivity(model, images, { method: 'saliency', sensitivity: { samples: 10 } });
 */
export function maxSensitivity(
  model: LayersModel,
  images: Tensor4D,
  options: ExplainOptions & { sensitivity?: SensitivityOptions } = {},
): Float64Array {
  const { sensitivity = {}, ...rest } = options;
  const { samples = 10, radius = 0.02 } = sensitivity;
  if (!(Number.isInteger(samples) && samples >= 1 && radius > 0)) {
    throw new GradbookError(
      `samples ${samples}, radius ${radius}: give an integer of at least 1 and a radius above 0`,
      'bad-option',
    );
  }
  const random = new Random(rest.seed ?? getSeed());
  const noises = Array.from(
    { length: samples },
    () => () => Float32Array.from({ length: images.size }, () => (2 * random.next() - 1) * radius),
  );
  return sensitivityTo(model, images, explain(model, images, rest), noises, rest);
}

/** As `maxSensitivity`, to given changes, from the explanation of the images as they are. */
export function sensitivityTo(
  model: LayersModel,
  images: Tensor4D,
  { maps, classes }: Pick<Explanation, 'maps' | 'classes'>,
  changes: readonly (() => Float32Array)[],
  options: ExplainOptions,
): Float64Array {
  const count = images.shape[0];
  const size = maps.length / count;
  const largest = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  for (const change of changes) {
    const changed = tf.tidy(() => images.add(tf.tensor(change(), images.shape)) as Tensor4D);
    try {
      const found = explain(model, changed, { ...options, targets: classes });
      for (let image = 0; image < count; image++) {
        const [before, after] = [oneMap(maps, size, image), oneMap(found.maps, size, image)];
        let moved = 0;
        let length = 0;
        before.forEach((value, i) => {
          moved += (after[i]! - value) ** 2;
          length += value ** 2;
        });
        largest[image] = Math.max(largest[image]!, Math.sqrt(moved / length));
      }
    } finally {
      changed.dispose();
    }
  }
  return largest;
}

/** How far attributions are from what they should add up to, image by image. */
export interface Completeness {
  /** The sum of the attributions minus `difference`, as Captum's `compute_convergence_delta`. */
  delta: Float64Array;
  /** The explained logit of the image minus that of the baseline. */
  difference: Float64Array;
}

/**
 * Completeness of Integrated Gradients (Sundararajan et al., 2017, arXiv:1703.01365): its attributions add
 * up to the explained logit of the image minus that of the baseline. The rest, `delta`, is the
 * error of the numerical integral: where it is large beside `difference`, use more `steps`.
 *
 * @param images `[n, height, width, channels]`; the caller's
 * @param options those of `explain` that matter here: `steps` (default 32), `baseline` (0), `targets`,
 *   `output`, `batchSize` (32)
 * @example
 * const { delta, difference } = completeness(model, images, { steps: 64 });
 */
export function completeness(
  whole: LayersModel,
  images: Tensor4D,
  options: Pick<ExplainOptions, 'steps' | 'baseline' | 'output' | 'batchSize'> & {
    targets?: Targets;
  } = {},
): Completeness {
  const { steps = 32, baseline = 0, batchSize = 32, targets = 'predicted' } = options;
  const model = explainedModel(whole, options.output);
  checkImages(model, images.shape);
  const count = images.shape[0];
  const found = { delta: new Float64Array(count), difference: new Float64Array(count) };
  const all = typeof targets === 'object' ? Array.from(targets as ArrayLike<number>) : targets;
  for (let start = 0; start < count; start += batchSize) {
    const rows = Math.min(batchSize, count - start);
    tf.tidy(() => {
      const batch = images.slice([start, 0, 0, 0], [rows, -1, -1, -1]);
      const logits = forward(model, batch);
      const classes = logits.shape[1];
      const some = Array.isArray(all) ? all.slice(start, start + rows) : all;
      const chosen = resolveTargets(some, logits.dataSync() as Float32Array, classes);
      const matrix = tf.tensor2d(targetMatrix(chosen, classes), [rows, classes]);
      const base = forward(model, tf.fill(batch.shape, baseline) as Tensor4D);
      const difference = logits.sub(base).mul(matrix).sum(1).dataSync();
      const sums = integratedGradients(model, batch, matrix, { steps, baseline })
        .sum([1, 2])
        .dataSync();
      for (let i = 0; i < rows; i++) {
        found.difference[start + i] = difference[i]!;
        found.delta[start + i] = sums[i]! - difference[i]!;
      }
    });
  }
  return found;
}
