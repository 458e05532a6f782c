import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import type { NdArray } from '../data';
import { GradbookError, tf } from '../runtime';

/** Height and width that images are resized to on the device, such as `[224, 224]`. */
export type Size = readonly [number, number];

/** How the numbers of a column become float32. */
export type Scaled = Pick<NdArray, 'scale' | 'offset'>;

/** How many examples there are. Throws GradbookError `bad-shape` when values and shape disagree. */
export function rowCount(rows: NdArray, name: string): number {
  const size = rows.shape.reduce((product, length) => product * length, 1);
  if (rows.shape.length === 0 || size !== rows.values.length) {
    throw new GradbookError(
      `${name} has ${rows.values.length} values, but the shape [${rows.shape.join(', ')}] needs ${size} values`,
      'bad-shape',
    );
  }
  return rows.shape[0]!;
}

/**
 * Makes the float32 tensor of one batch: the rows `order[from]` to `order[to - 1]`, with the scale
 * and offset of `rows`, and resized when `size` is given (bilinear, with half-pixel centres, as
 * Keras and PIL do). Only the batch is converted to float32; the examples stay uint8.
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
 * The rows of one batch as they are, `[to - from, ...]` float32. Pass it to `prepareBatch` before
 * the next call with the same `place`, which reuses the memory.
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
 * Scales, shifts and resizes a raw batch like `batchTensor`. The result does not share memory
 * with `raw`.
 */
export function prepareBatch(raw: Tensor, rows: Scaled, size?: Size): Tensor {
  const inner = raw.shape.slice(1);
  return tf.tidy(() => {
    const { scale = 1, offset = 0 } = rows;
    // Also for scale 1: the backend copies the values when an op first needs them, and after that
    // the memory can be reused.
    let batch: Tensor = raw.mul(scale);
    if (offset !== 0) batch = batch.add(offset);
    // Last, since the resized batch is usually larger.
    if (size && !(inner[0] === size[0] && inner[1] === size[1])) {
      batch = tf.image.resizeBilinear(batch as Tensor4D, [size[0], size[1]], false, true);
    }
    return batch;
  });
}

/**
 * A buffer for the values of a batch, reused if it has the same size: allocating megabytes for
 * every batch causes full garbage collections, which are slow in a notebook kernel, whose heap
 * contains a TypeScript compiler.
 */
const kept: Float32Array[] = [];
function scratch(size: number, place: number): Float32Array {
  const worthIt = 1 << 14;
  if (size < worthIt) return new Float32Array(size);
  if (kept[place]?.length !== size) kept[place] = new Float32Array(size);
  return kept[place]!;
}

/** The rows in order. */
export function ownOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Yields to the event loop, so that an interrupt is noticed between two batches. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
