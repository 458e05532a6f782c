import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { changesEachStep, hasNativeOps, nativeOp, nextSeed, tensorId, tf } from '../runtime';
import { methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

interface DropoutLayer {
  rate: number;
  seed?: number | null;
  getNoiseShape(input: Tensor): number[] | null | undefined;
  invokeCallHook(inputs: unknown, kwargs: unknown): void;
}

/**
 * A mask of zeros and `1 / (1 - rate)`, drawn by TensorFlow from a seed rather than number by
 * number in JavaScript.
 */
function dropoutMask(shape: number[], rate: number, layerSeed: number): Tensor {
  const drawSeed = () => Int32Array.of(layerSeed, nextSeed());
  const seed = tf.tensor1d(drawSeed(), 'int32');
  changesEachStep(tensorId(seed), drawSeed);
  const uniform = nativeOp('StatelessRandomUniform', [tf.tensor1d(shape, 'int32'), seed], {
    dtype: { dtype: 'float32' },
    T: { dtype: 'int32' },
    Tseed: { dtype: 'int32' },
  })[0]!;
  return tf.mul(tf.cast(tf.greaterEqual(uniform, rate), 'float32'), 1 / (1 - rate));
}

/**
 * `tf.layers.dropout` with masks that follow `setSeed`. A layer's own seed makes its masks differ
 * from those of other layers; they still change from step to step, as in Keras.
 */
export const dropout: Replacement = methodPatch<
  DropoutLayer,
  [Tensor | Tensor[], Record<string, unknown>],
  Tensor | Tensor[]
>(
  () => prototypeOf('Dropout'),
  'call',
  (original, layer, [inputs, kwargs]) => {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const active = kwargs?.['training'] && layer.rate > 0 && layer.rate < 1;
    if (!(active && hasNativeOps() && x.dtype === 'float32')) {
      return original.call(layer, inputs, kwargs);
    }
    return tf.tidy(() => {
      layer.invokeCallHook(inputs, kwargs);
      const shape = layer.getNoiseShape(x) ?? x.shape;
      return tf.mul(x, dropoutMask(shape, layer.rate, layer.seed ?? 0));
    });
  },
);
