import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { StoredExamples } from '../../data';
import { GradbookError, tf } from '../../runtime';
import type { Size } from '../batches';
import {
  checkColumns,
  checkCounts,
  checkInputRows,
  checkIntegerLabels,
  checkLabels,
} from '../checks';
import { type Columns, isArrayRows, rowsFor, weightsFor } from '../columns';
import type { CompiledOutputs } from '../options';
import { namesOf } from '../outputs';
import type { BatchColumn, BatchColumns, StreamedWeights } from './batch-stream';

/** Puts what a stream gave into the model's order, and checks it. Throws GradbookError. */
export type BatchReader = (given: unknown) => Columns<BatchColumn>;

/** Reads batches with inputs and targets. */
export function examplesReader(
  model: LayersModel,
  measures: CompiledOutputs,
  size?: Size,
): BatchReader {
  const [inputs, outputs] = [namesOf(model, 'inputs'), namesOf(model, 'outputs')];
  return (given) => {
    const parts = partsOf(given);
    if (!parts?.y) throw noBatch(given, '{ xs, ys }, { x, y } or [x, y]');
    const x = rowsFor(parts.x, inputs, 'x', isColumn);
    const y = rowsFor(parts.y, outputs, 'y', isColumn);
    for (const column of [...x, ...y]) checkColumn(column);
    checkColumns(model, { x, y, weights: [] }, measures, 'it', size);
    const weights = weightsFor(hostWeights(parts.sampleWeight), outputs, y[0]!.shape[0]!);
    for (const [i, labels] of y.entries()) checkBatchLabels(labels, measures, i);
    return { x, y, weights };
  };
}

/**
 * Reads batches with inputs; targets beside them are left alone.
 *
 * @param model null for a network that says nothing of its inputs
 */
export function inputsReader(model: LayersModel | null, size?: Size): BatchReader {
  return (given) => {
    const found = partsOf(given)?.x ?? given;
    if (typeof found !== 'object' || found === null) {
      throw noBatch(given, 'a tensor, an array with its shape, or { x }');
    }
    const names = model ? namesOf(model, 'inputs') : [found].flat().map((_, i) => `input ${i}`);
    const x = rowsFor(found as BatchColumns, names, 'x', isColumn);
    for (const column of x) checkColumn(column);
    if (model) checkInputRows(model, x, size);
    if (x.some(({ shape }) => shape[0] !== x[0]!.shape[0] || shape[0] === 0)) {
      checkCounts({ x, y: [] }, 'it');
    }
    return { x, y: [], weights: [] };
  };
}

/** The tensors of what a stream gave. */
export function tensorsOf(given: unknown, depth = 3): Tensor[] {
  if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given)) return [];
  if (isTensor(given)) return [given];
  if (depth === 0 || isArrayRows(given)) return [];
  return Object.values(given).flatMap((part) => tensorsOf(part, depth - 1));
}

export function isTensor(given: object): given is Tensor {
  return 'dataId' in given && 'shape' in given;
}

function isColumn(given: object): boolean {
  return isTensor(given) || isArrayRows(given);
}

interface Parts {
  x: BatchColumns;
  y?: BatchColumns | undefined;
  sampleWeight?: StreamedWeights | undefined;
}

/** Inputs, targets and weights of a batch; undefined for what is none, or inputs alone. */
function partsOf(given: unknown): Parts | undefined {
  if (typeof given !== 'object' || given === null || isColumn(given)) return undefined;
  if (Array.isArray(given)) {
    const [x, y, sampleWeight] = given as [BatchColumns, BatchColumns?, StreamedWeights?];
    return x && given.length <= 3 ? { x, y, sampleWeight } : undefined;
  }
  const known = ['x', 'y', 'xs', 'ys', 'sampleWeight'];
  if (!Object.keys(given).every((key) => known.includes(key))) return undefined;
  const { x, y, xs, ys, sampleWeight } = given as Partial<Parts> & {
    xs?: BatchColumns;
    ys?: BatchColumns;
  };
  const inputs = x ?? xs;
  return inputs && { x: inputs, y: y ?? ys, sampleWeight };
}

function checkColumn(column: BatchColumn): void {
  if (!isTensor(column)) return;
  if (column.isDisposed) {
    throw new GradbookError(
      'a tensor of it was disposed of before: the tensors of a batch are disposed of after its step, so give new ones or clones',
      'bad-batch',
    );
  }
  if (column.rank === 0 || !['float32', 'int32', 'bool'].includes(column.dtype)) {
    throw new GradbookError(
      `a tensor of it is a ${column.dtype} of the shape [${column.shape.join(', ')}]: give numbers, the first dimension the batch`,
      'bad-shape',
    );
  }
}

function checkBatchLabels(labels: BatchColumn, { outputs }: CompiledOutputs, i: number): void {
  const output = outputs[i]!;
  if (!isTensor(labels)) checkLabels(labels, output);
  else if (output.loss.integerLabels) {
    const values = labels.dataSync() as Float32Array | Int32Array | Uint8Array;
    checkIntegerLabels({ shape: labels.shape, values }, output.units);
  }
}

/** Weights that are tensors, read. */
function hostWeights(given: StreamedWeights | undefined): StoredExamples['sampleWeight'] {
  if (typeof given !== 'object') return undefined;
  if (isTensor(given)) return Float32Array.from(given.dataSync());
  if (Array.isArray(given) || ArrayBuffer.isView(given) || isArrayRows(given)) {
    return given as StoredExamples['sampleWeight'];
  }
  const byName = Object.entries(given).map(([name, weights]) => [
    name,
    isTensor(weights as object) ? Float32Array.from((weights as Tensor).dataSync()) : weights,
  ]);
  return Object.fromEntries(byName) as StoredExamples['sampleWeight'];
}

function noBatch(given: unknown, wanted: string): GradbookError {
  const what =
    typeof given === 'object' && given !== null
      ? Array.isArray(given)
        ? `a list of ${given.length}`
        : `an object of ${Object.keys(given).slice(0, 5).join(', ') || 'nothing'}`
      : String(given);
  return new GradbookError(`it is ${what}: give ${wanted}`, 'bad-shape');
}

/** The column as the float32 tensor of a step. Call inside a `tf.tidy`. */
export function asFloat(tensor: Tensor): Tensor {
  return tensor.dtype === 'float32' ? tensor : tf.cast(tensor, 'float32');
}
