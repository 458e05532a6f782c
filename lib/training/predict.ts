import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { RowsByName } from '../data';
import {
  type Precision,
  resolvePrecision,
  type StepBody,
  StepFunction,
  withPrecision,
} from '../ops';
import {
  explainMemory,
  GradbookError,
  hasNativeOps,
  interruptCount,
  interruptSince,
  tf,
} from '../runtime';
import { breathe, type Size } from './batches';
import { oneOrAll, prepareInputs } from './columns';
import { variablesOf, worthwhileBatches } from './evaluator';
import { type BatchStream, type Feed, inputsFeed, onlyEpoch } from './feed';
import type { BatchColumns, StreamedBatch } from './feed/batch-stream';
import { Gathered, type Predictions } from './gathered';
import { namesOf } from './outputs';
import { ReadBehind } from './read-behind';

export interface PredictOptions {
  /** Examples in a batch; left out for a stream, which comes in batches. Default 32. */
  batchSize?: number;
  /** Resizes images to height and width on the device, such as `[224, 224]`. */
  resize?: Size;
  /** Precision of convolutions and dense products. Default that of `setPrecision`: float32. */
  precision?: Precision;
  /**
   * Runs each batch op by op and not as one function of TensorFlow, as `evaluate` explains. Default
   * false.
   */
  runEagerly?: boolean;
  /** Batches that are predicted. Default all; needed where a stream never ends. */
  steps?: number;
  /** How many batches of a stream, or of rows on disk, are fetched ahead. Default 2. */
  prefetch?: number;
  /** Called after each batch with how many examples are done. */
  onProgress?: (done: number) => void;
}

/** Inputs for `predict`: rows in memory or on disk, or a stream of batches, with targets or without. */
export type PredictionData = RowsByName | BatchStream<StreamedBatch | BatchColumns>;

/** Anything that predicts: a `LayersModel`, a `GraphModel`, a folded network. */
export type Predictor = Pick<LayersModel, 'predict'>;

/**
 * Runs a model with one output in inference mode over examples. Leaves no tensors; at most two
 * batches are on the device.
 *
 * @param x rows, or those of several inputs, in the model's order or by name
 * @throws GradbookError `bad-shape`, `bad-option`; `bad-model` for several outputs; `interrupted`
 *   when interrupted by the user
 */
export async function predict(
  model: Predictor,
  x: PredictionData,
  options: PredictOptions = {},
): Promise<Predictions> {
  if (model instanceof tf.LayersModel && model.outputs.length > 1) {
    throw new GradbookError(
      `the model has the outputs ${namesOf(model, 'outputs').join(', ')}: call predictOutputs, which returns all by name`,
      'bad-model',
    );
  }
  return (await predictions(model, x, options))[0] ?? { values: new Float32Array(0), shape: [0] };
}

/**
 * Runs a model with any number of outputs over examples, as `predict` does.
 *
 * @returns the predictions of each output by its name
 */
export async function predictOutputs(
  model: LayersModel,
  x: PredictionData,
  options: PredictOptions = {},
): Promise<Record<string, Predictions>> {
  const all = await predictions(model, x, options);
  const names = namesOf(model, 'outputs');
  return Object.fromEntries(all.map((one, i) => [names[i]!, one]));
}

/**
 * Predictions of each output.
 *
 * @param call the function run for a batch. Default the model's `predict`
 */
export async function predictions(
  model: Predictor,
  x: PredictionData,
  options: PredictOptions,
  call: Predictor['predict'] = (batch) => model.predict(batch),
): Promise<Predictions[]> {
  const { resize, precision, onProgress } = options;
  const type = resolvePrecision(precision, model);
  const start = interruptCount();
  const known = model instanceof tf.LayersModel ? model : null;
  const feed = await inputsFeed(known, x, { ...options, what: 'the set' });
  const step = (raw: readonly Tensor[]) =>
    [call(oneOrAll(prepareInputs(raw, feed.layout.x, resize)))].flat() as Tensor[];
  const functions = asFunction(model, step, options, feed);
  const reader = new ReadBehind();
  const gathered = new Gathered(feed.examples);
  const batches = feed.open(onlyEpoch);
  let done = 0;
  try {
    for (let fed = await batches.next(); fed; fed = await batches.next()) {
      const { raw, dispose, size } = fed;
      try {
        const run = () => {
          const { x } = raw();
          return functions?.run(x) ?? step(x);
        };
        reader.add(
          tf.tidy(() => withPrecision(type, run)),
          gathered.take(size),
        );
      } finally {
        dispose();
      }
      done += size;
      onProgress?.(done);
      await breathe();
      if (interruptSince(start)) break;
    }
    if (interruptSince(start)) {
      const of = feed.examples === null ? '' : ` of ${feed.examples}`;
      throw new GradbookError(
        `the prediction was interrupted after ${done}${of} examples`,
        'interrupted',
      );
    }
    reader.finish();
    return gathered.all();
  } catch (error) {
    throw explainMemory(error, feed.batchSize, 'predicting');
  } finally {
    reader.dispose();
    functions?.dispose();
    await batches.close();
    await feed.dispose();
  }
}

/** The step as a function of TensorFlow, if the model's variables are known and there are enough batches. */
function asFunction(
  model: Predictor,
  step: StepBody,
  { runEagerly = false }: PredictOptions,
  { steps }: Feed,
): StepFunction | undefined {
  const known = model instanceof tf.LayersModel && hasNativeOps();
  if (runEagerly || !known || (steps ?? worthwhileBatches) < worthwhileBatches) return undefined;
  return new StepFunction(step, { others: variablesOf(model.weights) });
}
