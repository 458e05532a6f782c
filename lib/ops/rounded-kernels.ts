import type { KernelFunc, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { bfloat16Op, type OpAttribute, tf } from '../runtime';
import { staysRounded } from './one-dnn';
import { kernelPatch } from './patch';

// Kernels of tfjs that take the greater of two values or move values about. In bfloat16 they give
// what they give in float32, and spare the way there and back.

interface Call {
  /** The float32 inputs. */
  inputs: TensorInfo[];
  attrs: NamedAttrMap;
}

function replace(kernelName: string, run: (call: Call) => Tensor | undefined) {
  return kernelPatch(kernelName, 'tensorflow', (original: KernelFunc, call) => {
    const inputs = Object.values(call.inputs) as TensorInfo[];
    const rounded = inputs.length > 0 && inputs.every((x) => staysRounded(x));
    return (rounded && run({ inputs, attrs: call.attrs ?? {} })) || original(call);
  });
}

function op(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Record<string, OpAttribute> = {},
): Tensor {
  return bfloat16Op(name, inputs, attributes)[0]!;
}

/** Runs `compute` with integers as a tensor. */
function withIntegers(values: number[] | number[][], compute: (x: Tensor) => Tensor): Tensor {
  const x = tf.tensor(values as number[], undefined, 'int32');
  const y = compute(x);
  x.dispose();
  return y;
}

const patches = [
  replace('Relu', ({ inputs }) => op('Relu', inputs)),
  replace('Relu6', ({ inputs }) => op('Relu6', inputs)),
  replace('Reshape', ({ inputs, attrs }) =>
    withIntegers(attrs['shape'] as number[], (shape) => op('Reshape', [...inputs, shape])),
  ),
  replace('Slice', ({ inputs, attrs }) => {
    const { parseSliceParams } = tf.backend_util.slice_util;
    const { begin, size } = attrs as unknown as Record<'begin' | 'size', number[]>;
    const [from, lengths] = parseSliceParams(inputs[0] as Tensor, begin, size);
    return withIntegers(from!, (starts) =>
      withIntegers(lengths!, (sizes) => op('Slice', [...inputs, starts, sizes])),
    );
  }),
  replace('PadV2', ({ inputs, attrs }) => {
    if (attrs['constantValue'] !== 0) return undefined;
    return withIntegers(attrs['paddings'] as number[][], (paddings) =>
      op('Pad', [...inputs, paddings]),
    );
  }),
  replace('Concat', ({ inputs, attrs }) => {
    const rank = inputs[0]!.shape.length;
    const axis = ((attrs['axis'] as number) + rank) % rank;
    return withIntegers([axis], (axes) => {
      const scalar = tf.reshape(axes, []);
      const y = op('ConcatV2', [...inputs, scalar], { N: { int: inputs.length } });
      scalar.dispose();
      return y;
    });
  }),
];

/** ReLU, ReLU6, reshaping, cutting, padding and joining in bfloat16, where the input is in it. */
export const roundedKernels = {
  enable() {
    for (const patch of patches) patch.enable();
  },
};
