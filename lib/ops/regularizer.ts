import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, nativeOp, tf } from '../runtime';
import { methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

interface L1L2 {
  l1: number;
  l2: number;
  hasL1: boolean;
  hasL2: boolean;
}

/** `factor` times the sum of squares of all weights: one pass forward and one back. */
function sumOfSquares(weights: Tensor, factor: number): Tensor {
  const compute = tf.customGrad((x, save) => {
    (save as (tensors: Tensor[]) => void)([x as Tensor]);
    const half = nativeOp('L2Loss', [x as Tensor], { T: { dtype: 'float32' } })[0]!;
    return {
      value: tf.mul(half, 2 * factor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0]!, tf.mul(dy, 2 * factor)),
    };
  });
  return compute(weights);
}

/** `tf.regularizers.l2` without a squared copy of the weights. */
export const regularizer: Replacement = methodPatch<L1L2, [Tensor], Tensor>(
  () => prototypeOf('L1L2'),
  'apply',
  (original, self, [x]) => {
    if (self.hasL1 || !self.hasL2 || !hasNativeOps()) return original.call(self, x);
    return tf.tidy(() => sumOfSquares(x, self.l2));
  },
);
