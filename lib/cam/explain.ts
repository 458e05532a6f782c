import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { resolvePrecision, withPrecision } from '../ops';
import { GradbookError, tf } from '../runtime';
import { explainBatch, usesEvidence, usesEvidenceAlone } from './batch';
import { withFunctions } from './functions';
import { isBinary } from './hooks';
import { findLayer, type PlacedLayer } from './layers';
import { logitScore, predictedScore } from './methods/class-scores';
import { checkImages, logitsOf, Passes } from './network';
import {
  type CamMethod,
  type ExplainOptions,
  needsLayer,
  type Settings,
  withDefaults,
} from './options';
import { checkRegions, withRegions } from './regions';
import type { MapStatus } from './scale';
import { checkUsedOnce, explainedModel } from './supported';
import { resolveTargets, targetMatrix } from './targets';

/** Maps of a number of images, as plain arrays: nothing to dispose of. */
export interface Explanation {
  method: CamMethod;
  /** Paths of the layers used; empty for methods at the input. */
  layers: string[];
  /** `[n, height, width]` of `maps`. */
  shape: [number, number, number];
  /** 0…1 in each image; all zero where its `status` is not `ok`. */
  maps: Float32Array;
  status: MapStatus[];
  /** Classes explained, image by image; for one sigmoid unit: 0 negative, 1 positive. */
  classes: number[][];
  /** Sum of the explained logits, image by image. */
  scores: Float32Array;
  /** `[n, classes]`; of one sigmoid unit with the logit z: -z and z. */
  logits: Float32Array;
  /** The option `output`, if given. */
  output?: string | number;
  /** Milliseconds per image. */
  milliseconds: number;
}

/**
 * Computes class activation maps, in inference mode, from logits.
 *
 * @param images `[n, height, width, channels]` in the units the model takes; they belong to the
 *   caller
 * @throws GradbookError for an unknown method, layer, output or class, images of another shape, a model
 *   with several inputs or of the data format channelsFirst, or a layer that is applied twice, before
 *   any map is computed
 * @example
 * const { maps, status } = explain(model, images, { method: 'grad-cam', targets: [3, 7, 1] });
 */
export function explain(
  model: LayersModel,
  images: Tensor4D,
  options: ExplainOptions = {},
): Explanation {
  return explainEach(model, images, [options.method ?? 'grad-cam'], options)[0]!;
}

/**
 * As `explain`, by several methods, which share passes through the network: all gradient methods at
 * one layer use one backward pass. `milliseconds` is the time each would have taken alone.
 *
 * @param methods at least one
 */
export function explainEach(
  whole: LayersModel,
  images: Tensor4D,
  methods: readonly CamMethod[],
  options: Omit<ExplainOptions, 'method'> = {},
): Explanation[] {
  const each = methods.map((method) => withDefaults(images, { ...options, method }));
  const model = explainedModel(whole, options.output);
  checkImages(model, images.shape);
  const precision = resolvePrecision(options.precision, model);
  return withPrecision(precision, () =>
    withFunctions(model, options.runEagerly ?? false, () =>
      explainBatches(model, images, each, options),
    ),
  );
}

function explainBatches(
  model: LayersModel,
  images: Tensor4D,
  each: readonly Settings[],
  options: Omit<ExplainOptions, 'method'>,
): Explanation[] {
  const methods = each.map(({ method }) => method);
  const [count, height, width] = images.shape;
  const size = options.size ?? ([height, width] as const);
  const { batchSize } = each[0]!;
  const started = performance.now();
  const places = methods.some(needsLayer) ? chosenPlaces(model, options.layers) : [];
  const { targets = 'predicted', regions } = options;
  const { output, classes } = answerOf(model, images);
  checkRegions(model, output, regions);
  const logits = new Float32Array(count * classes);
  // The pass that gives gradients gives the logits too, and with them the predicted classes.
  const predictsLater = targets === 'predicted' && each.every(usesEvidenceAlone);
  const logitsLater = predictsLater || (targets !== 'predicted' && each.some(usesEvidence));
  if (!logitsLater) fillLogits(logits, model, images, batchSize, output, regions);
  let chosen = predictsLater ? [] : resolveTargets(targets, logits, classes);
  const matrix = predictsLater ? new Float32Array(logits.length) : targetMatrix(chosen, classes);
  const score = predictsLater ? predictedScore : logitScore;
  const shared = performance.now() - started;

  const found = methods.map(() => ({
    maps: new Float32Array(count * size[0] * size[1]),
    status: [] as MapStatus[],
    milliseconds: shared / count,
  }));
  for (let start = 0; start < count; start += batchSize) {
    const rows = Math.min(batchSize, count - start);
    tf.tidy(() => {
      const batch = images.slice([start, 0, 0, 0], [rows, -1, -1, -1]);
      const part = matrix.subarray(start * classes, (start + rows) * classes);
      const multiHot = tf.tensor2d(part, [rows, classes]);
      const batches = Math.floor(count / batchSize);
      const passes = new Passes(model, batch, multiHot, places, batches, score);
      const run = () => {
        each.forEach((settings, i) => {
          const one = found[i]!;
          const began = performance.now() + passes.saved;
          const part = explainBatch(passes, size, settings);
          one.milliseconds += (performance.now() + passes.saved - began) / count;
          one.maps.set(part.maps, start * size[0] * size[1]);
          one.status.push(...part.status);
        });
        if (logitsLater) logits.set(passes.logits().dataSync(), start * classes);
      };
      try {
        withRegions(regionsOf(regions, output, start, rows), run);
      } finally {
        passes.dispose();
      }
    });
  }
  if (predictsLater) chosen = resolveTargets('predicted', logits, classes);
  const scores = Float32Array.from(chosen, (row, image) =>
    row.reduce((sum, target) => sum + logits[image * classes + target]!, 0),
  );
  return methods.map((method, i) => ({
    method,
    layers: needsLayer(method) ? places.map(({ path }) => path) : [],
    shape: [count, size[0], size[1]],
    ...found[i]!,
    classes: chosen,
    scores,
    logits,
    ...(options.output === undefined ? {} : { output: options.output }),
  }));
}

function chosenPlaces(model: LayersModel, layers: ExplainOptions['layers']): PlacedLayer[] {
  const asked = Array.isArray(layers) ? layers : [layers];
  const places = asked.map((layer: string | number | undefined) => findLayer(model, layer));
  for (const { layer, path } of places) checkUsedOnce(model, layer, path);
  return places.filter(({ path }, i) => places.findIndex((place) => place.path === path) === i);
}

/** The shape `[n, ...]` of the model's own output, and how many classes it has. */
function answerOf(
  model: LayersModel,
  images: Tensor4D,
): { output: readonly number[]; classes: number } {
  const output = tf.tidy(() => {
    const one = images.slice([0, 0, 0, 0], [1, -1, -1, -1]);
    const { shape } = model.apply(one, { training: false }) as Tensor;
    return [images.shape[0], ...shape.slice(1)];
  });
  if (output.length !== 2 && output.length !== 4) {
    throw new GradbookError(
      `model ${model.name} has the output [${output.join(', ')}]: a map explains one class of a [n, classes] or [n, height, width, classes] output`,
      'bad-shape',
    );
  }
  return { output, classes: isBinary(model) ? 2 : output[output.length - 1]! };
}

/** Computes the logits of all images into `logits`, `[n, classes]` row after row. */
function fillLogits(
  logits: Float32Array,
  model: LayersModel,
  images: Tensor4D,
  batchSize: number,
  output: readonly number[],
  regions: ArrayLike<number> | undefined,
): void {
  const count = images.shape[0];
  const classes = logits.length / count;
  for (let start = 0; start < count; start += batchSize) {
    const rows = Math.min(batchSize, count - start);
    tf.tidy(() =>
      withRegions(regionsOf(regions, output, start, rows), () => {
        const batch = images.slice([start, 0, 0, 0], [rows, -1, -1, -1]) as Tensor4D;
        const part = logitsOf(model, batch, Math.floor(count / batchSize));
        logits.set(part.dataSync(), start * classes);
      }),
    );
  }
}

/** The regions of a batch, `[rows, height, width, 1]`; it belongs to the caller's tidy. */
function regionsOf(
  regions: ArrayLike<number> | undefined,
  output: readonly number[],
  start: number,
  rows: number,
): Tensor4D | undefined {
  if (!regions) return undefined;
  const [, height, width] = output as [number, number, number];
  const from = start * height * width;
  const values = Float32Array.from({ length: rows * height * width }, (_, i) => regions[from + i]!);
  return tf.tensor4d(values, [rows, height, width, 1]);
}
