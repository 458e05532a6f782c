import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, nativeOp, type OpAttribute, tf } from '../runtime';
import { fastOp, hasOneDnn, oneDnnOp } from './one-dnn';
import { defineKernel, methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

/** Strides of rows and columns, and TensorFlow's word for the padding. */
export interface ConvolutionAttributes {
  strides: [number, number];
  padding: 'SAME' | 'VALID';
}

const kernelNames = { plain: 'GradbookConv2D', depthwise: 'GradbookDepthwiseConv2D' } as const;

const ops = {
  plain: {
    forward: 'Conv2D',
    toInput: 'Conv2DBackpropInput',
    toFilter: 'Conv2DBackpropFilter',
  },
  depthwise: {
    forward: 'DepthwiseConv2dNative',
    toInput: 'DepthwiseConv2dNativeBackpropInput',
    toFilter: 'DepthwiseConv2dNativeBackpropFilter',
  },
} as const;

export type ConvolutionKind = keyof typeof ops;

function attributesOf({ strides, padding }: ConvolutionAttributes): Record<string, OpAttribute> {
  return { strides: { int: [1, ...strides, 1] }, padding: { string: padding } };
}

/** One convolution with its bias, without a gradient: NHWC, float32, the result is the caller's. */
export function convolve(
  kind: ConvolutionKind,
  inputs: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  attributes: ConvolutionAttributes,
): Tensor {
  const { x, filter, bias } = inputs;
  const described = attributesOf(attributes);
  if (bias && kind === 'plain' && hasOneDnn()) {
    return oneDnnOp('Conv2DWithBias', [x, filter, bias], described)[0]!;
  }
  const product = fastOp(ops[kind].forward, [x, filter], described)[0]!;
  if (!bias) return product;
  const sum = nativeOp('BiasAdd', [product, bias], { T: { dtype: 'float32' } })[0]!;
  product.dispose();
  return sum;
}

function shapeTensor(tensor: Tensor): Tensor {
  return tf.tensor1d(tensor.shape, 'int32');
}

/** Registers convolutions that carry their bias, with gradients that are computed only if asked for. */
export function defineConvolutions(): void {
  for (const kind of ['plain', 'depthwise'] as const) {
    defineKernel(
      {
        kernelName: kernelNames[kind],
        backendName: 'tensorflow',
        kernelFunc: ({ inputs, attrs }) =>
          convolve(
            kind,
            inputs as unknown as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo },
            attrs as unknown as ConvolutionAttributes,
          ),
      },
      {
        inputsToSave: ['x', 'filter'],
        gradFunc: (dys, saved, attrs) => {
          const dy = dys as Tensor;
          const [x, filter] = saved as [Tensor, Tensor];
          const described = attributesOf(attrs as unknown as ConvolutionAttributes);
          const { toInput, toFilter } = ops[kind];
          return {
            x: () => fastOp(toInput, [shapeTensor(x), filter, dy], described)[0]!,
            filter: () => fastOp(toFilter, [x, shapeTensor(filter), dy], described)[0]!,
            bias: () => nativeOp('BiasAddGrad', [dy], { T: { dtype: 'float32' } })[0]!,
          };
        },
      },
    );
  }
}

interface Weight {
  read(): Tensor;
}

/** The fields of tfjs's convolution layers that are read here. */
interface ConvolutionLayer {
  rank: number;
  kernel?: Weight;
  depthwiseKernel?: Weight;
  bias?: Weight | null;
  strides: [number, number];
  padding: string;
  dataFormat: string;
  dilationRate?: number | number[];
  activation: { apply(x: Tensor): Tensor } | null;
}

function callPatch(kind: ConvolutionKind, owner: () => object) {
  return methodPatch<ConvolutionLayer, [Tensor | Tensor[], Record<string, unknown>], Tensor>(
    owner,
    'call',
    (original, layer, [inputs, kwargs]) => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const dilated = [layer.dilationRate ?? 1].flat().some((rate) => rate !== 1);
      const ordinary =
        layer.rank === 2 &&
        x.rank === 4 &&
        x.dtype === 'float32' &&
        layer.dataFormat === 'channelsLast' &&
        !dilated &&
        hasNativeOps();
      if (!ordinary) return original.call(layer, inputs, kwargs);
      return tf.tidy(() => {
        const filter = (kind === 'plain' ? layer.kernel : layer.depthwiseKernel)!.read();
        const y = tf.engine().runKernel(
          kernelNames[kind],
          { x, filter, ...(layer.bias && { bias: layer.bias.read() }) },
          {
            strides: layer.strides,
            padding: layer.padding === 'same' ? 'SAME' : 'VALID',
          },
        ) as Tensor;
        return layer.activation ? layer.activation.apply(y) : y;
      });
    },
  );
}

const plainCall = callPatch('plain', () => Object.getPrototypeOf(prototypeOf('Conv2D')) as object);
const depthwiseCall = callPatch('depthwise', () => prototypeOf('DepthwiseConv2D'));

/** `tf.layers.conv2d` and `tf.layers.depthwiseConv2d` with the bias in the op and its gradient. */
export const convolution: Replacement = {
  enable() {
    plainCall.enable();
    depthwiseCall.enable();
  },
  disable() {
    plainCall.disable();
    depthwiseCall.disable();
  },
};
