import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { batches, type Examples, type NdArray } from '../../../lib/data';
import { tf } from '../../../lib/runtime';
import { toTensor } from '../../../lib/training';

export const batchSize = 16;

/** Batches of examples as arrays: `{ x, y }`. */
export function arrays(examples: Examples): Iterable<Examples> {
  return { [Symbol.iterator]: () => batches(examples, { batchSize }) };
}

function tensorOf(rows: NdArray): Tensor {
  return tf.tidy(() => toTensor(rows));
}

/** The same as tensors, `{ xs, ys }`, again each time it is iterated. */
export function tensors(examples: Examples): AsyncIterable<{ xs: Tensor; ys: Tensor }> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const { x, y } of batches(examples, { batchSize })) {
        await new Promise((resolve) => setImmediate(resolve));
        yield { xs: tensorOf(x), ys: tensorOf(y) };
      }
    },
  };
}

/** The same as a `tf.data` dataset, which knows its length. */
export function dataset(examples: Examples) {
  const rows = (source: NdArray) => {
    const width = source.values.length / source.shape[0]!;
    const { scale = 1 } = source;
    return Array.from({ length: source.shape[0]! }, (_, i) => {
      const own = Array.from(source.values.subarray(i * width, (i + 1) * width));
      return { own, inner: source.shape.slice(1), scale };
    });
  };
  const [x, y] = [rows(examples.x), rows(examples.y)];
  const all = x.map((one, i) => ({ xs: one, ys: y[i]! }));
  return tf.data
    .generator(function* () {
      yield* all;
    })
    .map((item) => {
      const { xs, ys } = item as unknown as (typeof all)[number];
      return tf.tidy(() => ({
        xs: tf.tensor(xs.own, xs.inner).mul(xs.scale),
        ys: tf.tensor(ys.own, ys.inner),
      }));
    })
    .batch(batchSize);
}
