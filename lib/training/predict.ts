import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { NdArrayByName } from '../data';
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
import { breathe, ownOrder, rawBatch, type Size } from './batches';
import { checkInputs, wholeNumber } from './checks';
import { oneOrAll, prepareInputs, rowsFor } from './columns';
import { variablesOf, worthwhileBatches } from './evaluator';
import { namesOf } from './outputs';
import { ReadBehind } from './read-behind';

/** Outputs of a model for many examples, row-major. */
export interface Predictions {
  values: Float32Array;
  shape: number[];
}

export interface PredictOptions {
  /** Examples in a batch. Default 32. */
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
  /** Called after each batch with the number of finished examples. */
  onProgress?: (done: number) => void;
}

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
  x: NdArrayByName,
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
  x: NdArrayByName,
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
  x: NdArrayByName,
  options: PredictOptions,
  call: Predictor['predict'] = (batch) => model.predict(batch),
): Promise<Predictions[]> {
  const { batchSize = 32, resize, precision, onProgress } = options;
  wholeNumber(batchSize, 'batchSize', 1);
  const inputs =
    model instanceof tf.LayersModel
      ? checkInputs(model, x, resize)
      : rowsFor(
          x,
          [x].flat().map((_, i) => `input ${i}`),
          'x',
        );
  const count = inputs[0]!.shape[0]!;
  const type = resolvePrecision(precision, model);
  const order = ownOrder(count);
  const start = interruptCount();
  const all: Predictions[] = [];
  const step = (raw: readonly Tensor[]) =>
    [call(oneOrAll(prepareInputs(raw, inputs, resize)))].flat() as Tensor[];
  const functions = asFunction(model, step, options, Math.ceil(count / batchSize));
  const reader = new ReadBehind();
  try {
    for (let from = 0; from < count; from += batchSize) {
      const to = Math.min(from + batchSize, count);
      const outputs = tf.tidy(() => {
        const raw = inputs.map((rows, place) => rawBatch(rows, order, from, to, place));
        return withPrecision(type, () => functions?.run(raw) ?? step(raw));
      });
      reader.add(outputs, (values, output, i) => {
        const width = values.length / (to - from);
        all[i] ??= {
          values: new Float32Array(width * count),
          shape: [count, ...output.shape.slice(1)],
        };
        all[i]!.values.set(values, width * from);
      });
      onProgress?.(to);
      await breathe();
      if (interruptSince(start)) {
        throw new GradbookError(
          `the prediction was interrupted after ${to} of ${count} examples`,
          'interrupted',
        );
      }
    }
    reader.finish();
    return all;
  } catch (error) {
    throw explainMemory(error, batchSize, 'predicting');
  } finally {
    reader.dispose();
    functions?.dispose();
  }
}

/** The step as a function of TensorFlow, if the model's variables are known and there are enough batches. */
function asFunction(
  model: Predictor,
  step: StepBody,
  { runEagerly = false }: PredictOptions,
  batches: number,
): StepFunction | undefined {
  const known = model instanceof tf.LayersModel && hasNativeOps();
  if (runEagerly || !known || batches < worthwhileBatches) return undefined;
  return new StepFunction(step, { others: variablesOf(model.weights) });
}
