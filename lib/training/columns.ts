import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { ExampleWeights, ModelExamples, NdArray, NdArrayByName } from '../data';
import { GradbookError, tf } from '../runtime';
import { prepareBatch, rawBatch, type Size } from './batches';
import { namesOf } from './outputs';

/** The tensors of one batch, in the order of the model's inputs and outputs. */
export interface Batch {
  x: Tensor[];
  y: Tensor[];
  /** `[batch]` for each output; undefined where all weights are 1. */
  weights: (Tensor | undefined)[];
}

/** The examples in the order of the model's inputs and outputs. */
export interface Columns {
  x: readonly NdArray[];
  y: readonly NdArray[];
  weights: readonly (NdArray | undefined)[];
}

/** One array for each name: from a single one, a list, or an object. */
export function rowsFor(given: NdArrayByName, names: readonly string[], what: string): NdArray[] {
  if (isRows(given)) return rowsFor([given], names, what);
  const keys = Array.isArray(given) ? undefined : Object.keys(given);
  const found = keys
    ? names.map((name) => (given as Record<string, NdArray>)[name])
    : [...(given as readonly NdArray[])];
  const count = keys?.length ?? found.length;
  if (count !== names.length || !found.every((rows) => rows && isRows(rows))) {
    throw new GradbookError(
      `${what} is given for ${keys ? keys.join(', ') || 'nothing' : count}: the model has ${names.join(', ')}: give rows for each, in this order or by name`,
      'bad-shape',
    );
  }
  return found as NdArray[];
}

function isRows(given: NdArrayByName | ExampleWeights): given is NdArray {
  return 'values' in given && 'shape' in given && ArrayBuffer.isView(given.values);
}

/** The weights of the examples for each output. */
export function weightsFor(
  given: ModelExamples['sampleWeight'],
  names: readonly string[],
  count: number,
): (NdArray | undefined)[] {
  if (given === undefined) return names.map(() => undefined);
  const plain = isWeights(given);
  if (!plain) {
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new GradbookError(
        `sampleWeight is given for ${unknown}: the model has the outputs ${names.join(', ')}`,
        'bad-option',
      );
    }
  }
  return names.map((name) => {
    const weights = plain ? given : given[name];
    return weights && checkedWeights(weights, count);
  });
}

function isWeights(given: NonNullable<ModelExamples['sampleWeight']>): given is ExampleWeights {
  return Array.isArray(given) || ArrayBuffer.isView(given) || isRows(given as NdArray);
}

function checkedWeights(given: ExampleWeights, count: number): NdArray {
  const values = 'values' in given && 'shape' in given ? given.values : Float32Array.from(given);
  const wrong = values.findIndex((value) => !(value >= 0 && Number.isFinite(value)));
  if (values.length !== count || wrong >= 0) {
    const what = wrong >= 0 ? `sampleWeight ${values[wrong]}` : `${values.length} sample weights`;
    throw new GradbookError(
      `${what} for ${count} examples: give a number of at least 0 for each`,
      'bad-option',
    );
  }
  return { shape: [count], values };
}

/** The model's rows from the given examples. Shapes are not checked. */
export function columnsOf(model: LayersModel, examples: ModelExamples): Columns {
  const outputs = namesOf(model, 'outputs');
  const y = rowsFor(examples.y, outputs, 'y');
  return {
    x: rowsFor(examples.x, namesOf(model, 'inputs'), 'x'),
    y,
    weights: weightsFor(examples.sampleWeight, outputs, y[0]!.shape[0] ?? 0),
  };
}

/** The unscaled examples `order[from]` to `order[to - 1]`; see `rawBatch`. */
export function rawColumns(
  { x, y, weights }: Columns,
  order: Int32Array,
  from: number,
  to: number,
): Batch {
  let place = 0;
  const raw = (rows: NdArray) => rawBatch(rows, order, from, to, place++);
  return {
    x: x.map(raw),
    y: y.map(raw),
    weights: weights.map((rows) => rows && raw(rows)),
  };
}

/** Scales and shifts raw targets and weights. Call inside a `tf.tidy`. */
export function prepareTargets(raw: Pick<Batch, 'y' | 'weights'>, columns: Columns) {
  return {
    y: raw.y.map((tensor, i) => prepareBatch(tensor, columns.y[i]!)),
    weights: raw.weights.map(
      (tensor, i) =>
        tensor && prepareBatch(tensor, columns.weights[i] ?? { shape: [0], values: none }),
    ),
  };
}
const none = new Float32Array(0);

/** Scales, shifts and, where they are images, resizes raw inputs. Call inside a `tf.tidy`. */
export function prepareInputs(
  raw: readonly Tensor[],
  x: readonly NdArray[],
  size?: Size,
): Tensor[] {
  return raw.map((tensor, i) => prepareBatch(tensor, x[i]!, tensor.rank === 4 ? size : undefined));
}

/** One batch, ready. Call inside a `tf.tidy`. */
export function batchOf(
  columns: Columns,
  order: Int32Array,
  from: number,
  to: number,
  size?: Size,
): Batch {
  const raw = rawColumns(columns, order, from, to);
  return { x: prepareInputs(raw.x, columns.x, size), ...prepareTargets(raw, columns) };
}

/** A single input or output of `model.apply`, or a list. */
export function oneOrAll(tensors: Tensor[]): Tensor | Tensor[] {
  return tensors.length === 1 ? tensors[0]! : tensors;
}

/** `[..., classes]` of integer labels `[...]` or `[..., 1]`. */
export function oneHotLabels(labels: Tensor, outputs: Tensor): Tensor {
  const indices = labels.reshape(outputs.shape.slice(0, -1)).asType('int32');
  return tf.oneHot(indices, outputs.shape.at(-1)!).asType('float32');
}
