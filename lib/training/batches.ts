import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import type { NdArray } from '../data';
import { GradbookError, tf } from '../runtime';

/** Height and width that pictures are resized to on the device, such as `[224, 224]`. */
export type Size = readonly [number, number];

/** How the numbers of a column become float32. */
export type Scaled = Pick<NdArray, 'scale' | 'offset'>;

/** How many examples there are. Throws GradbookError `bad-shape` when values and shape disagree. */
export function rowCount(rows: NdArray, name: string): number {
  const size = rows.shape.reduce((product, length) => product * length, 1);
  if (rows.shape.length === 0 || size !== rows.values.length) {
    throw new GradbookError(
      `${name} has ${rows.values.length} values and the shape [${rows.shape.join(', ')}], which holds ${size}: give one value for each place`,
      'bad-shape',
    );
  }
  return rows.shape[0]!;
}

/**
 * Makes the float32 tensor of one batch: the rows `order[from]` to `order[to - 1]`, scaled and
 * shifted as `rows` says, and resized when `size` is given (bilinear, with half-pixel centres, as
 * Keras and PIL do). Only the batch is ever float32; the examples stay bytes.
 *
 * @returns `[to - from, ...]`, which belongs to the caller or the surrounding `tf.tidy`
 */
export function batchTensor(
  rows: NdArray,
  order: Int32Array,
  from: number,
  to: number,
  size?: Size,
): Tensor {
  return tf.tidy(() => prepareBatch(rawBatch(rows, order, from, to), rows, size));
}

/**
 * The rows of one batch as they are, `[to - from, ...]` float32. To be given to `prepareBatch` before
 * the next call with the same `place`, which uses the same memory.
 */
export function rawBatch(
  rows: NdArray,
  order: Int32Array,
  from: number,
  to: number,
  place = 0,
): Tensor {
  const inner = rows.shape.slice(1);
  const width = inner.reduce((product, length) => product * length, 1);
  const values = scratch((to - from) * width, place);
  for (let i = from; i < to; i++) {
    const row = order[i]! * width;
    values.set(rows.values.subarray(row, row + width), (i - from) * width);
  }
  return tf.tensor(values, [to - from, ...inner], 'float32');
}

/**
 * Scales, shifts and resizes a raw batch as `batchTensor` says. Nothing of the result lies in the
 * memory of `raw`.
 */
export function prepareBatch(raw: Tensor, rows: Scaled, size?: Size): Tensor {
  const inner = raw.shape.slice(1);
  return tf.tidy(() => {
    const { scale = 1, offset = 0 } = rows;
    // Times 1 as well: the backend takes a copy of the values when an op first needs them, and after
    // that the memory may be used again.
    let batch: Tensor = raw.mul(scale);
    if (offset !== 0) batch = batch.add(offset);
    // Last, since the resized batch is the larger one as a rule.
    if (size && !(inner[0] === size[0] && inner[1] === size[1])) {
      batch = tf.image.resizeBilinear(batch as Tensor4D, [size[0], size[1]], false, true);
    }
    return batch;
  });
}

/**
 * Room for the values of a batch, the same as last time where it has the size: megabytes that are
 * allocated anew for every batch make V8 walk its whole heap again and again, and that of a notebook
 * kernel, with a TypeScript compiler on it, is large.
 */
const kept: Float32Array[] = [];
function scratch(size: number, place: number): Float32Array {
  const worthIt = 1 << 14;
  if (size < worthIt) return new Float32Array(size);
  if (kept[place]?.length !== size) kept[place] = new Float32Array(size);
  return kept[place]!;
}

/** The rows in their own order. */
export function ownOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Lets waiting events through, so that a stop button is heard between two batches. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
