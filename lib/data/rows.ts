import { GradbookError } from '../runtime';
import { storedSubset } from './stored-rows';
import type { Examples, ImageSet, NdArray, StreamedImageSet } from './types';

/**
 * The rows of a data set that `rows` names, in that order. Pixels in memory are copied; of a streamed
 * set only the positions are.
 *
 * @param set stays as it is
 * @param rows positions in `set`, 0 to `set.count - 1`; a row may come twice
 * @param name the new set's name. Default: the old one's
 * @throws GradbookError `bad-row` for a position that does not exist
 */
export function subset<T extends ImageSet | StreamedImageSet>(
  set: T,
  rows: ArrayLike<number>,
  name = set.name,
): T {
  const order = checkedRows(rows, set.count);
  return {
    ...set,
    ...takePixels(set, order),
    name,
    count: order.length,
    names: Array.from(order, (row) => set.names[row]!),
    primary: takeRows(set.primary, order, 1),
    secondary: takeRows(set.secondary, order, 1),
    rows: takeRows(set.rows, order, 1),
  };
}

function takePixels(set: ImageSet | StreamedImageSet, order: Int32Array) {
  if ('pictures' in set) return { pictures: storedSubset(set.pictures, order) };
  const pixels = set.height * set.width;
  return {
    images: takeRows(set.images, order, pixels * 3),
    masks: set.masks && takeRows(set.masks, order, pixels),
  };
}

/** The same of plain rows, such as features or one-hot labels. */
export function gatherRows(source: NdArray, rows: ArrayLike<number>): NdArray {
  const [count = 0, ...rest] = source.shape;
  const order = checkedRows(rows, count);
  const size = rest.reduce((product, length) => product * length, 1);
  return {
    ...source,
    shape: [order.length, ...rest],
    values: takeRows(source.values, order, size),
  };
}

/**
 * The rows of two arrays, one after the other, copied.
 *
 * @throws GradbookError `bad-shape` where rows have other shapes, kinds of numbers or scales
 */
export function concatRows(first: NdArray, second: NdArray): NdArray {
  const [a, b] = [first, second].map(({ shape, values, scale = 1, offset = 0 }) =>
    [shape.slice(1).join('×'), values.constructor.name, scale, offset].join(', '),
  );
  if (a !== b) {
    throw new GradbookError(
      `rows of ${a} and of ${b} cannot be joined: give the same`,
      'bad-shape',
    );
  }
  const Kind = first.values.constructor as Uint8ArrayConstructor | Float32ArrayConstructor;
  const values = new Kind(first.values.length + second.values.length);
  values.set(first.values);
  values.set(second.values, first.values.length);
  const count = first.shape[0]! + second.shape[0]!;
  return { ...first, shape: [count, ...first.shape.slice(1)], values };
}

/** The same for inputs and targets together. */
export function gatherExamples(examples: Examples, rows: ArrayLike<number>): Examples {
  return { x: gatherRows(examples.x, rows), y: gatherRows(examples.y, rows) };
}

type Values = Uint8Array | Int8Array | Int32Array | Float32Array;

function takeRows<T extends Values>(values: T, rows: Int32Array, size: number): T {
  const taken = new (values.constructor as new (length: number) => T)(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * size;
    taken.set(values.subarray(from, from + size), i * size);
  }
  return taken;
}

function checkedRows(rows: ArrayLike<number>, count: number): Int32Array {
  const checked = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(Number.isInteger(row) && row >= 0 && row < count)) {
      throw new GradbookError(`row ${row}: give integers from 0 to ${count - 1}`, 'bad-row');
    }
    checked[i] = row;
  }
  return checked;
}
