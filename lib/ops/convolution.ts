import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, nativeOp, type OpAttribute, tf } from '../runtime';
import { insideGradient } from './nested';
import { hasOneDnn, oneDnnOp, productOp } from './one-dnn';
import { defineKernel, methodPatch, prototypeOf } from './patch';
import { inBfloat16 } from './precision';
import type { Replacement } from './switches';

/** Strides of rows and columns, and TensorFlow's padding attribute. */
export interface ConvolutionAttributes {
  strides: [number, number];
  padding: 'SAME' | 'VALID';
}

const kernelNames = { plain: 'GradbookConv2D', depthwise: 'GradbookDepthwiseConv2D' } as const;
const toInputNames = {
  plain: 'GradbookConv2DToInput',
  depthwise: 'GradbookDepthwiseConv2DToInput',
} as const;
const toFilterNames = {
  plain: 'GradbookConv2DToFilter',
  depthwise: 'GradbookDepthwiseConv2DToFilter',
} as const;

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

/** One convolution with its bias, without a gradient: NHWC, float32; the result belongs to the caller. */
export function convolve(
  kind: ConvolutionKind,
  inputs: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  attributes: ConvolutionAttributes,
): Tensor {
  const { x, filter, bias } = inputs;
  const described = attributesOf(attributes);
  if (bias && kind === 'plain' && hasOneDnn()) {
    return !inBfloat16()
      ? oneDnnOp('Conv2DWithBias', [x, filter, bias], described)[0]!
      : productOp('Conv2DWithBias', [x, filter, bias], described);
  }
  const product = productOp(ops[kind].forward, [x, filter], described);
  if (!bias) return product;
  const sum = nativeOp('BiasAdd', [product, bias], { T: { dtype: 'float32' } })[0]!;
  product.dispose();
  return sum;
}

/** With the output shape of a gradient kernel, which its inputs do not determine. */
interface GradientAttributes extends ConvolutionAttributes {
  shape: number[];
}

function run(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor {
  return tf.engine().runKernel(name, inputs, { ...attributes }) as Tensor;
}

/**
 * Registers the gradients of a convolution as differentiable kernels. The product is
 * linear in the input and in the filter, so that forward, to the input and to the filter are each
 * other's gradients, of any order.
 */
function defineGradients(kind: ConvolutionKind): void {
  const { toInput, toFilter } = ops[kind];
  const shapeOf = (attrs: unknown) => tf.tensor1d((attrs as GradientAttributes).shape, 'int32');
  const described = (attrs: unknown) => attributesOf(attrs as ConvolutionAttributes);
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
          const { strides, padding } = attrs as unknown as ConvolutionAttributes;
          const described = { strides, padding };
          return {
            x: () => run(toInputNames[kind], { filter, dy }, { ...described, shape: x.shape }),
            filter: () =>
              run(toFilterNames[kind], { x, dy }, { ...described, shape: filter.shape }),
            bias: () =>
              insideGradient()
                ? tf.sum(dy, [0, 1, 2])
                : nativeOp('BiasAddGrad', [dy], { T: { dtype: 'float32' } })[0]!,
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
