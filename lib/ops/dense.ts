import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { bfloat16Op, hasNativeOps, nativeOp, tf } from '../runtime';
import { insideGradient } from './nested';
import { hasOneDnn, oneDnnLabel } from './one-dnn';
import { defineKernel, methodPatch, prototypeOf } from './patch';
import { inBfloat16 } from './precision';
import type { Replacement } from './switches';

const kernelName = 'GradbookDense';
const float = { T: { dtype: 'float32' } } as const;

interface DenseInputs {
  x: Tensor2D;
  weight: Tensor2D;
  bias?: Tensor;
}

function product(a: Tensor, b: Tensor, transposed?: 'a' | 'b'): Tensor {
  const flags = {
    transpose_a: { bool: transposed === 'a' },
    transpose_b: { bool: transposed === 'b' },
  };
  // oneDNN's product has this name, without `Native`.
  if (inBfloat16()) {
    return hasOneDnn()
      ? bfloat16Op('_MklMatMul', [a, b], { ...flags, ...oneDnnLabel })[0]!
      : bfloat16Op('MatMul', [a, b], flags)[0]!;
  }
  const attributes = { ...float, ...flags };
  return hasOneDnn()
    ? nativeOp('_MklMatMul', [a, b], { ...attributes, ...oneDnnLabel })[0]!
    : nativeOp('MatMul', [a, b], attributes)[0]!;
}

/** Registers a matrix product with fused bias. */
export function defineDense(): void {
  defineKernel(
    {
      kernelName,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs }) => {
        const { x, weight, bias } = inputs as unknown as DenseInputs;
        const y = product(x, weight);
        if (!bias) return y;
        const sum = nativeOp('BiasAdd', [y, bias], float)[0]!;
        y.dispose();
        return sum;
      },
    },
    {
      inputsToSave: ['x', 'weight'],
      gradFunc: (dys, saved) => {
        const dy = dys as Tensor;
        const [x, weight] = saved as [Tensor, Tensor];
        if (insideGradient()) {
          return {
            x: () => tf.matMul(dy, weight, false, true),
            weight: () => tf.matMul(x, dy, true, false),
            bias: () => tf.sum(dy, 0),
          };
        }
        return {
          x: () => product(dy, weight, 'b'),
          weight: () => product(x, dy, 'a'),
          bias: () => nativeOp('BiasAddGrad', [dy], float)[0]!,
        };
      },
    },
  );
}

interface DenseLayer {
  kernel: { read(): Tensor2D };
  bias?: { read(): Tensor } | null;
  activation: { apply(x: Tensor): Tensor } | null;
}

/** `tf.layers.dense` on matrices, with the bias in the op and its gradient. */
export const dense: Replacement = methodPatch<
  DenseLayer,
  [Tensor | Tensor[], Record<string, unknown>],
  Tensor
>(
  () => prototypeOf('Dense'),
  'call',
  (original, layer, [inputs, kwargs]) => {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (!(hasNativeOps() && x.rank === 2 && x.dtype === 'float32')) {
      return original.call(layer, inputs, kwargs);
    }
    return tf.tidy(() => {
      const { kernel, bias, activation } = layer;
      const tensors = { x, weight: kernel.read(), ...(bias && { bias: bias.read() }) };
      const y = tf.engine().runKernel(kernelName, tensors) as Tensor;
      return activation ? activation.apply(y) : y;
    });
  },
);
