import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { NdArray, Rows, StoredExamples } from '../data';
import { GradbookError } from '../runtime';
import { rowCount, type Size } from './batches';
import { type ByName, type Columns, columnsOf, rowsFor } from './columns';
import type { Loss } from './losses/loss';
import type { CompiledOutput, CompiledOutputs } from './options';
import { namesOf } from './outputs';

/** An integer of at least `least`, or GradbookError `bad-option`. */
export function wholeNumber(value: number, name: string, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw new GradbookError(`${name} ${value}: give an integer of at least ${least}`, 'bad-option');
  }
  return value;
}

/** What is checked of rows: their shape, and where they are in memory their numbers. */
type Shaped = Pick<NdArray, 'shape'> & Partial<Pick<NdArray, 'values'>>;

/** Checks that the model takes these rows. Returns them in the order of its inputs. */
export function checkInputs<R extends Rows>(model: LayersModel, x: ByName<R>, size?: Size): R[] {
  const all = rowsFor(x, namesOf(model, 'inputs'), 'x');
  checkInputRows(model, all, size);
  return all;
}

/** The same for rows in the order of the model's inputs. */
export function checkInputRows(model: LayersModel, all: readonly Shaped[], size?: Size): void {
  const names = namesOf(model, 'inputs');
  const several = all.length > 1;
  for (const [i, rows] of all.entries()) {
    const name = several ? `x of ${names[i]}` : 'x';
    checkCount(rows, name);
    if (size && !several && rows.shape.length !== 4) {
      throw new GradbookError(
        `x has the shape [${rows.shape.join(', ')}] and cannot be resized: remove resize, or give images [n, height, width, channels]`,
        'bad-shape',
      );
    }
    const resized = size && rows.shape.length === 4;
    const inner = resized ? [...size, ...rows.shape.slice(3)] : rows.shape.slice(1);
    checkShape(name, inner, model.inputs[i]!.shape.slice(1), 'input');
  }
}

function checkCount({ shape, values }: Shaped, name: string): void {
  if (values) rowCount({ shape, values }, name);
}

/** Checks inputs and targets against the model, and each other. Returns them in its order. */
export function checkExamples<R extends Rows>(
  model: LayersModel,
  examples: { x: ByName<R>; y: ByName<R>; sampleWeight?: StoredExamples['sampleWeight'] },
  measures: CompiledOutputs,
  what: string,
  size?: Size,
): Columns<R | NdArray> {
  const columns = columnsOf(model, examples);
  checkColumns(model, columns, measures, what, size);
  for (const [i, rows] of columns.y.entries()) checkLabels(rows, measures.outputs[i]!);
  return columns;
}

/** The same for columns in the model's order; of their numbers, only how many there are. */
export function checkColumns(
  model: LayersModel,
  columns: Columns<Shaped>,
  { outputs }: CompiledOutputs,
  what: string,
  size?: Size,
): void {
  checkInputRows(model, columns.x, size);
  for (const [i, rows] of columns.y.entries()) {
    const name = outputs.length > 1 ? `y of ${outputs[i]!.name}` : 'y';
    checkCount(rows, name);
    checkTargets(name, rows, model.outputs[i]!.shape, outputs[i]!.loss);
  }
  checkCounts(columns, what);
}

/** Checks that there are as many rows in each column, and at least one. */
export function checkCounts(columns: Omit<Columns<Shaped>, 'weights'>, what: string): void {
  const counts = [...columns.x, ...columns.y].map(({ shape }) => shape[0]!);
  const wrong = counts.find((count) => count !== counts[0]);
  if (counts[0] === 0 || wrong !== undefined) {
    const [inputs, targets] = [columns.x, columns.y].map((rows) =>
      [...new Set(rows.map(({ shape }) => shape[0]!))].join(' and '),
    );
    throw new GradbookError(
      `${what} has ${inputs} inputs and ${targets || 'no'} targets: give as many of each, at least one`,
      'bad-shape',
    );
  }
}

function checkTargets(name: string, rows: Shaped, output: readonly (number | null)[], loss: Loss) {
  const given = rows.shape.slice(1);
  if (!loss.integerLabels) {
    const sparse =
      given.length === output.length - 2 || (given.at(-1) === 1 && output.at(-1) !== 1);
    const hint = sparse ? ", or give loss 'sparseCategoricalCrossentropy' with integer labels" : '';
    checkShape(name, given, output.slice(1), 'output', hint);
    return;
  }
  const places = output.slice(1, -1);
  const wanted = given.length === output.length - 1 ? [...places, 1] : places;
  checkShape(name, given, wanted, 'output, for integer labels,');
}

/** Checks labels where the loss takes integers. Rows that are not in memory yet are left for later. */
export function checkLabels(rows: Rows, { loss, units }: CompiledOutput): void {
  if (loss.integerLabels && 'values' in rows) checkIntegerLabels(rows, units);
}

/** Integer labels are class indices: TensorFlow would treat others as no class. */
export function checkIntegerLabels(
  { values, scale = 1, offset = 0 }: NdArray,
  classes: number,
): void {
  const wrong = values.find((value) => {
    const label = value * scale + offset;
    return !(Number.isInteger(label) && label >= 0 && label < classes);
  });
  if (wrong === undefined) return;
  throw new GradbookError(
    `label ${wrong * scale + offset}: integer labels are integers from 0 to ${classes - 1} for a model with ${classes} classes`,
    'bad-label',
  );
}

function checkShape(
  name: string,
  given: readonly number[],
  wanted: readonly (number | null)[],
  place: string,
  hint = '',
): void {
  const fits =
    given.length === wanted.length &&
    wanted.every((length, i) => length === null || length === given[i]);
  if (!fits) {
    throw new GradbookError(
      `${name} has rows of the shape [${given.join(', ')}] and the model's ${place} is [${wanted.map((length) => length ?? 'any').join(', ')}]: give rows of that shape${hint}`,
      'bad-shape',
    );
  }
}
