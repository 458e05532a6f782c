import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { ExampleWeights, NdArray, Rows, StoredExamples } from '../data';
import { GradbookError, tf } from '../runtime';
import { prepareBatch, type Scaled, type Size } from './batches';
import { namesOf } from './outputs';

/** The tensors of one batch, in the order of the model's inputs and outputs. */
export interface Batch {
  x: Tensor[];
  y: Tensor[];
  /** `[batch]` for each output; undefined where all weights are 1. */
  weights: (Tensor | undefined)[];
}

/** Something for each column of the examples, in the order of the model's inputs and outputs. */
export interface Columns<C = NdArray> {
  x: readonly C[];
  y: readonly C[];
  weights: readonly (C | undefined)[];
}

/** One for all, a list in the model's order, or an object by the names of inputs or outputs. */
export type ByName<C> = C | readonly C[] | Readonly<Record<string, C>>;

/**
 * One column for each name: from the only one, from a list, or from an object.
 *
 * @param isColumn tells a column from a list or an object of them
 */
export function rowsFor<C extends object>(
  given: ByName<C>,
  names: readonly string[],
  what: string,
  isColumn: (given: object) => boolean = isRows,
): C[] {
  if (isColumn(given)) return rowsFor([given as C], names, what, isColumn);
  const keys = Array.isArray(given) ? undefined : Object.keys(given);
  const found = keys
    ? names.map((name) => (given as Record<string, C>)[name])
    : [...(given as readonly C[])];
  const count = keys?.length ?? found.length;
  if (count !== names.length || !found.every((rows) => rows && isColumn(rows))) {
    throw new GradbookError(
      `${what} is given for ${keys ? keys.join(', ') || 'nothing' : count}: the model has ${names.join(', ')}: give rows for each, in this order or by name`,
      'bad-shape',
    );
  }
  return found as C[];
}

/** Whether something is rows in memory or elsewhere, and no list or object of them. */
function isRows(given: object): given is Rows {
  return isArrayRows(given) || ('shape' in given && 'read' in given && 'dtype' in given);
}

export function isArrayRows(given: object): given is NdArray {
  return 'values' in given && 'shape' in given && ArrayBuffer.isView(given.values);
}

/** The weights of the examples for each output. */
export function weightsFor(
  given: StoredExamples['sampleWeight'],
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

function isWeights(given: NonNullable<StoredExamples['sampleWeight']>): given is ExampleWeights {
  return Array.isArray(given) || ArrayBuffer.isView(given) || isArrayRows(given);
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

/** The model's rows from what was given. Shapes are not checked. */
export function columnsOf<R extends Rows>(
  model: LayersModel,
  examples: { x: ByName<R>; y: ByName<R>; sampleWeight?: StoredExamples['sampleWeight'] },
): Columns<R | NdArray> {
  const outputs = namesOf(model, 'outputs');
  const y = rowsFor(examples.y, outputs, 'y');
  return {
    x: rowsFor(examples.x, namesOf(model, 'inputs'), 'x'),
    y,
    weights: weightsFor(examples.sampleWeight, outputs, y[0]!.shape[0] ?? 0),
  };
}

/** Scales and shifts raw targets and weights. Call inside a `tf.tidy`. */
export function prepareTargets(raw: Pick<Batch, 'y' | 'weights'>, columns: Columns<Scaled>) {
  return {
    y: raw.y.map((tensor, i) => prepareBatch(tensor, columns.y[i]!)),
    weights: raw.weights.map(
      (tensor, i) => tensor && prepareBatch(tensor, columns.weights[i] ?? {}),
    ),
  };
}

/** Scales, shifts and, where they are images, resizes raw inputs. Call inside a `tf.tidy`. */
export function prepareInputs(raw: readonly Tensor[], x: readonly Scaled[], size?: Size): Tensor[] {
  return raw.map((tensor, i) => prepareBatch(tensor, x[i]!, tensor.rank === 4 ? size : undefined));
}

/** What `model.apply` takes and gives where there is one. */
export function oneOrAll(tensors: Tensor[]): Tensor | Tensor[] {
  return tensors.length === 1 ? tensors[0]! : tensors;
}

/** `[..., classes]` of integer labels `[...]` or `[..., 1]`. */
export function oneHotLabels(labels: Tensor, outputs: Tensor): Tensor {
  const indices = labels.reshape(outputs.shape.slice(0, -1)).asType('int32');
  return tf.oneHot(indices, outputs.shape.at(-1)!).asType('float32');
}
