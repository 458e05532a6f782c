import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';
import { oneOrAll } from './columns';

/** Inputs or targets of a batch: a tensor, or a list of them where a model has several. */
type Given = Tensor & Tensor[];

/** What a function of inputs and targets gives. */
export interface AugmentedBatch {
  x: Tensor | Tensor[];
  y: Tensor | Tensor[];
}

/**
 * Changes the inputs of a batch, as a function of `(batch, rows)`, or inputs and targets, as one of
 * `(x, y, rows)`; `rows` are the batch's positions in the examples.
 */
export type Augment = (
  x: Given,
  yOrRows: Given & Int32Array,
  rows: Int32Array,
) => Tensor | AugmentedBatch;

/** Whether a function is one of inputs and targets: it has three parameters. */
export function changesLabels(augment: Augment | undefined): boolean {
  return augment !== undefined && augment.length >= 3;
}

/**
 * Augments a batch that is scaled and resized. Call inside a `tf.tidy`.
 *
 * @throws GradbookError `bad-augment` for what is no tensor, or of another number of rows
 */
export function augmentBatch(
  augment: Augment,
  { x, y }: { x: Tensor[]; y: Tensor[] },
  rows: Int32Array,
): { x: Tensor[]; y: Tensor[] } {
  if (!changesLabels(augment)) {
    return { x: x.map((input) => checked(augment(input as Given, rows as never, rows))), y };
  }
  const given = augment(oneOrAll(x) as Given, oneOrAll(y) as never, rows) as AugmentedBatch;
  const result = { x: [given?.x].flat() as Tensor[], y: [given?.y].flat() as Tensor[] };
  const all = [...result.x, ...result.y].map(checked);
  const count = all[0]!.shape[0];
  const fits =
    result.x.length === x.length &&
    result.y.length === y.length &&
    all.every(({ shape }) => shape[0] === count);
  if (!fits) {
    throw new GradbookError(
      `augment gave ${all.map(({ shape }) => `[${shape}]`).join(', ')}: give ${x.length} inputs as x and ${y.length} targets as y, of as many rows each`,
      'bad-augment',
    );
  }
  return result;
}

function checked(given: unknown): Tensor {
  if (given instanceof tf.Tensor) return given;
  const what = given && typeof given === 'object' && 'y' in given ? '{ x, y }' : typeof given;
  throw new GradbookError(
    `augment gave ${what}: a function of (batch, rows) gives a tensor, one of the three parameters (x, y, rows) gives { x, y } of tensors`,
    'bad-augment',
  );
}
