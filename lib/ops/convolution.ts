import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, nativeOp, tf } from '../runtime';
import {
  type ConvolutionAttributes,
  type ConvolutionKind,
  convolutionAttributes,
  convolutionOps,
  convolve,
} from './convolve';
import { FilterAndBias } from './filter-and-bias';
import { insideGradient } from './nested';
import { hasOneDnn, productOp, staysRounded } from './one-dnn';
import { defineKernel, methodPatch, prototypeOf } from './patch';
import type { Replacement } from './switches';

const kernelNames = { plain: 'GradbookConv2D', depthwise: 'GradbookDepthwiseConv2D' } as const;
const toInputNames = {
  plain: 'GradbookConv2DToInput',
  depthwise: 'GradbookDepthwiseConv2DToInput',
} as const;
const toFilterNames = {
  plain: 'GradbookConv2DToFilter',
  depthwise: 'GradbookDepthwiseConv2DToFilter',
} as const;

/** With the shape of what a gradient kernel gives, which its inputs do not tell. */
interface GradientAttributes extends ConvolutionAttributes {
  shape: number[];
}

function biasGradient(dy: Tensor): Tensor {
  if (insideGradient()) return tf.sum(dy, [0, 1, 2]);
  return nativeOp('BiasAddGrad', [dy], { T: { dtype: 'float32' } })[0]!;
}

function run(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor {
  return tf.engine().runKernel(name, inputs, { ...attributes }) as Tensor;
}

/**
 * Registers the gradients of a convolution as kernels with gradients of their own. The product is
 * linear in the input and in the filter, so that forward, to the input and to the filter are each
 * other's gradients, of any order.
 */
function defineGradients(kind: ConvolutionKind): void {
  const { toInput, toFilter } = convolutionOps[kind];
  const shapeOf = (attrs: unknown) => tf.tensor1d((attrs as GradientAttributes).shape, 'int32');
  const described = (attrs: unknown) => convolutionAttributes(attrs as ConvolutionAttributes);
  const plain = (attrs: unknown): ConvolutionAttributes => {
    const { strides, padding } = attrs as ConvolutionAttributes;
    return { strides, padding };
  };
  const names = {
    forward: kernelNames[kind],
    toInput: toInputNames[kind],
    toFilter: toFilterNames[kind],
  };
  defineKernel(
    {
      kernelName: names.toInput,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { filter, dy } = inputs as unknown as Record<string, TensorInfo>;
        return tf.tidy(() => productOp(toInput, [shapeOf(attrs), filter!, dy!], described(attrs)));
      },
    },
    {
      inputsToSave: ['filter', 'dy'],
      gradFunc: (slopes, saved, attrs) => {
        const slope = slopes as Tensor;
        const [filter, dy] = saved as [Tensor, Tensor];
        const shape = filter.shape;
        return {
          filter: () => run(names.toFilter, { x: slope, dy }, { ...plain(attrs), shape }),
          dy: () => run(names.forward, { x: slope, filter }, plain(attrs)),
        };
      },
    },
  );
  defineKernel(
    {
      kernelName: names.toFilter,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { x, dy } = inputs as unknown as Record<string, TensorInfo>;
        return tf.tidy(() => productOp(toFilter, [x!, shapeOf(attrs), dy!], described(attrs)));
      },
    },
    {
      inputsToSave: ['x', 'dy'],
      gradFunc: (slopes, saved, attrs) => {
        const slope = slopes as Tensor;
        const [x, dy] = saved as [Tensor, Tensor];
        const shape = x.shape;
        return {
          x: () => run(names.toInput, { filter: slope, dy }, { ...plain(attrs), shape }),
          dy: () => run(names.forward, { x, filter: slope }, plain(attrs)),
        };
      },
    },
  );
}

/** Registers convolutions that carry their bias, with gradients that are computed only if asked for. */
export function defineConvolutions(): void {
  for (const kind of ['plain', 'depthwise'] as const) {
    defineGradients(kind);
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
          const { strides, padding } = attrs as unknown as ConvolutionAttributes;
          const described = { strides, padding };
          const together = kind === 'plain' && staysRounded(dy) && hasOneDnn() && !insideGradient();
          const both = together
            ? new FilterAndBias(x, filter.shape, dy, convolutionAttributes(described))
            : undefined;
          return {
            x: () => run(toInputNames[kind], { filter, dy }, { ...described, shape: x.shape }),
            filter: () =>
              both?.filter() ??
              run(toFilterNames[kind], { x, dy }, { ...described, shape: filter.shape }),
            bias: () => both?.bias() ?? biasGradient(dy),
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
