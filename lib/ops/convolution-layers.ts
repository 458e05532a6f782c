import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, tf } from '../runtime';
import { kernelNames } from './convolution';
import { tfjsConvolutions } from './convolution-gradients';
import type { ConvolutionKind } from './convolve';
import { methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

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
  kernelSize: [number, number];
  padding: string;
  dataFormat: string;
  dilationRate?: number | number[];
  activation: { apply(x: Tensor): Tensor } | null;
}

function dilationsOf({ dilationRate = 1 }: ConvolutionLayer): [number, number] {
  const rates = [dilationRate].flat();
  return [rates[0]!, rates[1] ?? rates[0]!];
}

function callPatch(kind: ConvolutionKind, owner: () => object) {
  return methodPatch<ConvolutionLayer, [Tensor | Tensor[], Record<string, unknown>], Tensor>(
    owner,
    'call',
    (original, layer, [inputs, kwargs]) => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const ordinary = layer.rank === 2 && x.rank === 4 && x.dtype === 'float32' && hasNativeOps();
      const dilations = dilationsOf(layer);
      const dilated = dilations.some((rate) => rate !== 1);
      // tfjs says what is wrong with both.
      const both = dilated && [layer.strides].flat().some((stride) => stride !== 1);
      if (!ordinary || both) return original.call(layer, inputs, kwargs);
      const first = layer.dataFormat === 'channelsFirst';
      return tf.tidy(() => {
        const filter = (kind === 'plain' ? layer.kernel : layer.depthwiseKernel)!.read();
        const last = tf.engine().runKernel(
          kernelNames[kind],
          {
            x: first ? tf.transpose(x, [0, 2, 3, 1]) : x,
            filter,
            ...(layer.bias && { bias: layer.bias.read() }),
          },
          {
            strides: layer.strides,
            padding: layer.padding === 'same' ? 'SAME' : 'VALID',
            ...(dilated && { dilations }),
            hasBias: Boolean(layer.bias),
          },
        ) as Tensor;
        const y = first ? tf.transpose(last, [0, 3, 1, 2]) : last;
        return layer.activation ? layer.activation.apply(y) : y;
      });
    },
  );
}

const plainCall = callPatch('plain', () => Object.getPrototypeOf(prototypeOf('Conv2D')) as object);
const depthwiseCall = callPatch('depthwise', () => prototypeOf('DepthwiseConv2D'));

// tfjs's layer leaves its `dilationRate` unread, in its shape as well.
const depthwiseShape = methodPatch<ConvolutionLayer, [unknown], (number | null)[]>(
  () => prototypeOf('DepthwiseConv2D'),
  'computeOutputShape',
  (original, layer, args) => {
    const shape = original.apply(layer, args);
    const dilations = dilationsOf(layer);
    if (layer.padding === 'same') return shape;
    const from = layer.dataFormat === 'channelsFirst' ? 2 : 1;
    return shape.map((size, axis) => {
      const rate = dilations[axis - from];
      if (size === null || rate === undefined || rate === 1) return size;
      return size - (layer.kernelSize[axis - from]! - 1) * (rate - 1);
    });
  },
);

/**
 * `tf.layers.conv2d` and `tf.layers.depthwiseConv2d` with the bias in the op and its gradient,
 * dilated ones and channels first included; tfjs's own convolutions with gradients of any order.
 */
export const convolution: Replacement = {
  enable() {
    plainCall.enable();
    depthwiseCall.enable();
    depthwiseShape.enable();
    tfjsConvolutions.enable();
  },
  disable() {
    plainCall.disable();
    depthwiseCall.disable();
    depthwiseShape.disable();
    tfjsConvolutions.disable();
  },
};
