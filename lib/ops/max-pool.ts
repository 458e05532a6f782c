import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, nativeOp, tf } from '../runtime';
import { insideGradient } from './nested';
import { hasOneDnn, oneDnnOp, roundedOp, staysRounded } from './one-dnn';
import { methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

type Pair = [number, number];

/**
 * Maximum over windows, NHWC. oneDNN records the position of each maximum, which makes the
 * gradient five times as fast as TensorFlow's own search for it. Without oneDNN, as on a GPU, the
 * ops are TensorFlow's own.
 */
function maxPool(input: Tensor, size: Pair, strides: Pair, padding: string): Tensor {
  const attributes = {
    ksize: { int: [1, ...size, 1] },
    strides: { int: [1, ...strides, 1] },
    padding: { string: padding === 'same' ? 'SAME' : 'VALID' },
    workspace_enabled: { bool: true },
  };
  const { ksize, strides: steps, padding: border } = attributes;
  const plain = { ksize, strides: steps, padding: border, T: { dtype: 'float32' } } as const;
  // Both are linear in their last argument, and each is the gradient of the other.
  const toInput = (x: Tensor, y: Tensor, dy: Tensor): Tensor =>
    tf.customGrad((values) => ({
      value: nativeOp('MaxPoolGrad', [x, y, values as Tensor], plain)[0]!,
      gradFunc: (slope: Tensor) => toOutput(x, y, slope),
    }))(dy);
  const toOutput = (x: Tensor, y: Tensor, dx: Tensor): Tensor =>
    tf.customGrad((values) => ({
      value: nativeOp('MaxPoolGradGrad', [x, y, values as Tensor], plain)[0]!,
      gradFunc: (slope: Tensor) => toInput(x, y, slope),
    }))(dx);
  if (!hasOneDnn()) {
    const compute = tf.customGrad((x, save) => {
      const [y] = nativeOp('MaxPool', [x as Tensor], plain);
      (save as (tensors: Tensor[]) => void)([x as Tensor, y!]);
      const gradFunc = (dy: Tensor, [xSaved, ySaved]: Tensor[]) => toInput(xSaved!, ySaved!, dy);
      return { value: y!, gradFunc };
    });
    return compute(input);
  }
  const run = (name: string, inputs: Tensor[], outputs = 1) =>
    (staysRounded(inputs[0]!) ? roundedOp : oneDnnOp)(name, inputs, attributes, outputs);
  const compute = tf.customGrad((x, save) => {
    const [y, places] = run('MaxPool', [x as Tensor], 2);
    (save as (tensors: Tensor[]) => void)([x as Tensor, y!, places!]);
    return {
      value: y!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [xSaved, ySaved, placesSaved] = saved;
        if (insideGradient()) return toInput(xSaved!, ySaved!, dy);
        return run('MaxPoolGrad', [xSaved!, ySaved!, dy, placesSaved!])[0]!;
      },
    };
  });
  return compute(input);
}

/** `tf.layers.maxPooling2d` with second gradients, and on oneDNN where that is in use. */
export const pooling: Replacement = methodPatch<
  object,
  [Tensor4D, Pair, Pair, string, string],
  Tensor
>(
  () => prototypeOf('MaxPooling2D'),
  'poolingFunction',
  (original, layer, args) => {
    const [x, size, strides, padding, dataFormat] = args;
    const known = padding === 'same' || padding === 'valid';
    if (!(hasNativeOps() && known && dataFormat === 'channelsLast' && x.dtype === 'float32')) {
      return original.apply(layer, args);
    }
    return maxPool(x, size, strides, padding);
  },
);
