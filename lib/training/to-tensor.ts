import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { NdArray } from '../data';
import { tf } from '../runtime';
import { rowCount } from './batches';

/**
 * Images, labels or features as one float32 tensor, scaled by their scale and offset, for functions
 * such as `model.fit`. All rows are float32 at once: four times the memory of uint8 images.
 *
 * @returns `[n, ...]`; it belongs to the caller
 * @throws GradbookError `bad-shape` when values and shape disagree
 *
 * @example
 * const { x, y } = examplesOf(sets.train);
 * await model.fit(toTensor(x), toTensor(y), { epochs: 3 });
 */
export function toTensor(rows: NdArray): Tensor {
  rowCount(rows, 'the array');
  const { shape, values, scale = 1, offset = 0 } = rows;
  return tf.tidy(() => {
    let tensor: Tensor = tf.tensor(Float32Array.from(values), [...shape]);
    if (scale !== 1) tensor = tensor.mul(scale);
    return offset === 0 ? tensor : tensor.add(offset);
  });
}
