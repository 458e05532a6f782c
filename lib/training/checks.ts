import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ModelExamples, NdArray, NdArrayByName } from '../data';
import { GradbookError } from '../runtime';
import { rowCount, type Size } from './batches';
import { type Columns, columnsOf, rowsFor } from './columns';
import type { Loss } from './losses/loss';
import type { CompiledOutputs } from './options';
import { namesOf } from './outputs';

/** An integer of at least `least`, or GradbookError `bad-option`. */
export function wholeNumber(value: number, name: string, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw new GradbookError(`${name} ${value}: give an integer of at least ${least}`, 'bad-option');
  }
  return value;
}

/** Checks rows against the model's inputs. Returns them in the order of the inputs. */
export function checkInputs(model: LayersModel, x: NdArrayByName, size?: Size): NdArray[] {
  const names = namesOf(model, 'inputs');
  const all = rowsFor(x, names, 'x');
  const several = all.length > 1;
  for (const [i, rows] of all.entries()) {
    const name = several ? `x of ${names[i]}` : 'x';
    rowCount(rows, name);
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
  return all;
}

/** Checks inputs and targets against the model, and each other. Returns them in its order. */
export function checkExamples(
  model: LayersModel,
  examples: ModelExamples,
  { outputs }: CompiledOutputs,
  what: string,
  size?: Size,
): Columns {
  const columns = columnsOf(model, examples);
  checkInputs(model, examples.x, size);
  for (const [i, rows] of columns.y.entries()) {
    const name = outputs.length > 1 ? `y of ${outputs[i]!.name}` : 'y';
    rowCount(rows, name);
    checkTargets(name, rows, model.outputs[i]!.shape, outputs[i]!.loss);
  }
  const counts = [...columns.x, ...columns.y].map(({ shape }) => shape[0]!);
  const wrong = counts.find((count) => count !== counts[0]);
  if (counts[0] === 0 || wrong !== undefined) {
    const [inputs, targets] = [columns.x, columns.y].map((rows) =>
      [...new Set(rows.map(({ shape }) => shape[0]!))].join(' and '),
    );
    throw new GradbookError(
      `${what} has ${inputs} inputs and ${targets} targets: give as many of each, at least one`,
      'bad-shape',
    );
  }
  return columns;
}

function checkTargets(name: string, rows: NdArray, output: readonly (number | null)[], loss: Loss) {
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
  checkIntegerLabels(rows, output.at(-1)!);
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
