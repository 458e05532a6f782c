import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Examples, Rows } from '../data/types';
import { GradbookError } from '../runtime';
import { rowCount, type Size } from './batches';

/** A whole number of at least `least`, or GradbookError `bad-option`. */
export function wholeNumber(value: number, name: string, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw new GradbookError(
      `${name} ${value}: give a whole number of at least ${least}`,
      'bad-option',
    );
  }
  return value;
}

/** Checks that the model has one input and one output and takes these rows. */
export function checkInputs(model: LayersModel, x: Rows, size?: Size): number {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new GradbookError(
      `the model has ${model.inputs.length} inputs and ${model.outputs.length} outputs: one of each can be trained`,
      'bad-model',
    );
  }
  const count = rowCount(x, 'x');
  if (size && x.shape.length !== 4) {
    throw new GradbookError(
      `x has the shape [${x.shape.join(', ')}] and cannot be resized: leave resize out, or give pictures [n, height, width, channels]`,
      'bad-shape',
    );
  }
  const inner = size ? [...size, ...x.shape.slice(3)] : x.shape.slice(1);
  checkShape('x', inner, model.inputs[0]!.shape.slice(1), 'input');
  return count;
}

/** Checks inputs and targets against the model, and each other. Returns the number of examples. */
export function checkExamples(
  model: LayersModel,
  { x, y }: Examples,
  what: string,
  size?: Size,
): number {
  const count = checkInputs(model, x, size);
  const targets = rowCount(y, 'y');
  if (count === 0 || count !== targets) {
    throw new GradbookError(
      `${what} has ${count} inputs and ${targets} targets: give as many of each, at least one`,
      'bad-shape',
    );
  }
  checkShape('y', y.shape.slice(1), model.outputs[0]!.shape.slice(1), 'output');
  return count;
}

function checkShape(
  name: string,
  given: readonly number[],
  wanted: readonly (number | null)[],
  place: string,
): void {
  const fits =
    given.length === wanted.length &&
    wanted.every((length, i) => length === null || length === given[i]);
  if (!fits) {
    throw new GradbookError(
      `${name} has rows of the shape [${given.join(', ')}] and the model's ${place} is [${wanted.map((length) => length ?? 'any').join(', ')}]: give rows of that shape`,
      'bad-shape',
    );
  }
}
