import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { engineDevice, nativeOp, tf } from '../runtime';
import {
  type ConvolutionAttributes,
  type ConvolutionKind,
  convolutionAttributes,
  convolutionBlocks,
  convolutionOps,
  convolve,
  inBlocks,
} from './convolve';
import { blockShape, inputFromBlocks, inputToBlocks, outputToBlocks } from './dilation';
import { FilterAndBias } from './filter-and-bias';
import { insideGradient } from './nested';
import { hasOneDnn, productOp, staysRounded } from './one-dnn';
import { defineKernel } from './patch';

export const kernelNames = {
  plain: 'GradbookConv2D',
  depthwise: 'GradbookDepthwiseConv2D',
} as const;
export const toInputNames = {
  plain: 'GradbookConv2DToInput',
  depthwise: 'GradbookDepthwiseConv2DToInput',
} as const;
export const toFilterNames = {
  plain: 'GradbookConv2DToFilter',
  depthwise: 'GradbookDepthwiseConv2DToFilter',
} as const;

/** With the output shape of a gradient kernel, which its inputs do not determine. */
interface GradientAttributes extends ConvolutionAttributes {
  shape: number[];
}

function biasGradient(dy: Tensor): Tensor {
  if (insideGradient()) return tf.sum(dy, [0, 1, 2]);
  return nativeOp('BiasAddGrad', [dy], { T: { dtype: 'float32' } })[0]!;
}

export function run(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor {
  return tf.engine().runKernel(name, inputs, { ...attributes }) as Tensor;
}

/** The gradient by the input, from that by the result. */
function toInputOf(
  kind: ConvolutionKind,
  filter: TensorInfo,
  dy: TensorInfo,
  attributes: GradientAttributes,
): Tensor {
  const dilated = convolutionBlocks(attributes.shape, filter.shape, attributes);
  if (dilated) {
    const shape = blockShape(attributes.shape, dilated);
    const dealt = outputToBlocks(dy as Tensor, dilated);
    return inputFromBlocks(toInputOf(kind, filter, dealt, { ...inBlocks, shape }), dilated);
  }
  const shape = tf.tensor1d(attributes.shape, 'int32');
  return productOp(
    convolutionOps[kind].toInput,
    [shape, filter, dy],
    convolutionAttributes(attributes),
  );
}

/**
 * The pixels that a convolution of 1×1 with strides sees; undefined for others, and on GPUs. On
 * processors without AVX-512, oneDNN's gradient by such a filter is wrong where there are fewer than 8
 * channels, and writes past the end of its memory (TensorFlow 2.21). With TF_ENABLE_ONEDNN_OPTS=1
 * TensorFlow takes that kernel for its own op too.
 */
function seenPixels(x: Tensor, { shape, strides }: GradientAttributes): Tensor | undefined {
  const [height, width] = shape;
  const strided = strides.some((stride) => stride !== 1);
  if (height !== 1 || width !== 1 || !strided || engineDevice() !== 'CPU') return undefined;
  return tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, ...strides, 1]);
}

/** The gradient by the filter, from that by the result. */
function toFilterOf(
  kind: ConvolutionKind,
  x: TensorInfo,
  dy: TensorInfo,
  attributes: GradientAttributes,
): Tensor {
  const { shape } = attributes;
  const dilated = convolutionBlocks(x.shape, shape, attributes);
  if (dilated) {
    const dealt = [inputToBlocks(x as Tensor, dilated), outputToBlocks(dy as Tensor, dilated)];
    return toFilterOf(kind, dealt[0]!, dealt[1]!, { ...inBlocks, shape });
  }
  const size = tf.tensor1d(shape, 'int32');
  const { toFilter } = convolutionOps[kind];
  const seen = seenPixels(x as Tensor, attributes);
  if (!seen) return productOp(toFilter, [x, size, dy], convolutionAttributes(attributes));
  const dense = { ...attributes, strides: [1, 1] as [number, number] };
  return productOp(toFilter, [seen, size, dy], convolutionAttributes(dense));
}

/**
 * Registers the gradients of a convolution as differentiable kernels. The product is
 * linear in the input and in the filter, so that forward, to the input and to the filter are each
 * other's gradients, of any order.
 */
function defineGradients(kind: ConvolutionKind): void {
  const plain = (attrs: unknown): ConvolutionAttributes => {
    const { shape: _, ...rest } = attrs as GradientAttributes;
    return rest;
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
        return tf.tidy(() => toInputOf(kind, filter!, dy!, attrs as unknown as GradientAttributes));
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
        return tf.tidy(() => toFilterOf(kind, x!, dy!, attrs as unknown as GradientAttributes));
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

/** Registers convolutions with fused bias, whose gradients are computed only if needed. */
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
          const described = attrs as unknown as ConvolutionAttributes;
          const together =
            kind === 'plain' &&
            described.hasBias &&
            staysRounded(dy) &&
            hasOneDnn() &&
            !insideGradient() &&
            !convolutionBlocks(x.shape, filter.shape, described);
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
