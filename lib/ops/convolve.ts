import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { nativeOp, type OpAttribute, tf } from '../runtime';
import { type Blocks, blocksOf, inputToBlocks, outputFromBlocks } from './dilation';
import { hasOneDnn, productOp } from './one-dnn';
import { inBfloat16 } from './precision';

/** Strides and dilation of rows and columns, and TensorFlow's padding attribute. */
export interface ConvolutionAttributes {
  strides: [number, number];
  padding: 'SAME' | 'VALID';
  /** Default none. Strides are 1 where there is one. */
  dilations?: [number, number];
  /** Whether there is a bias, whose gradient may be asked for. Default false. */
  hasBias?: boolean;
}

/** The ops of TensorFlow for each kind. */
export const convolutionOps = {
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

const fusedNames = { plain: 'FusedConv2D', depthwise: 'FusedDepthwiseConv2dNative' } as const;

export type ConvolutionKind = keyof typeof convolutionOps;

/** Strides and padding as the ops take them. */
export function convolutionAttributes({
  strides,
  padding,
}: ConvolutionAttributes): Record<string, OpAttribute> {
  return { strides: { int: [1, ...strides, 1] }, padding: { string: padding } };
}

/** How a dilated convolution is divided into blocks; undefined without dilation. */
export function convolutionBlocks(
  shape: readonly number[],
  filter: readonly number[],
  { dilations, padding }: ConvolutionAttributes,
): Blocks | undefined {
  if (!dilations?.some((rate) => rate !== 1)) return undefined;
  const size = [shape[1]!, shape[2]!] as [number, number];
  return blocksOf(size, [filter[0]!, filter[1]!], dilations, padding);
}

export const inBlocks: ConvolutionAttributes = { strides: [1, 1], padding: 'VALID' };

/** Activations that oneDNN computes with a convolution, by TensorFlow's name. */
export type FusedActivation = 'Relu' | 'Relu6';

/**
 * One convolution, without a gradient: NHWC; the result belongs to the caller.
 *
 * @param activation computed in the same op; only with a bias and where oneDNN is in use
 */
export function convolve(
  kind: ConvolutionKind,
  inputs: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  attributes: ConvolutionAttributes,
  activation?: FusedActivation,
): Tensor {
  const { x, filter, bias } = inputs;
  const dilated = convolutionBlocks(x.shape, filter.shape, attributes);
  if (dilated) {
    return tf.tidy(() => {
      const dealt = { ...inputs, x: inputToBlocks(x as Tensor, dilated) };
      return outputFromBlocks(convolve(kind, dealt, inBlocks, activation), dilated);
    });
  }
  const described = convolutionAttributes(attributes);
  if (bias && hasOneDnn()) {
    if (kind === 'plain' && !activation) {
      return productOp('Conv2DWithBias', [x, filter, bias], described);
    }
    return productOp(fusedNames[kind], [x, filter, bias], {
      ...described,
      ...(kind === 'plain' && {
        TArgs: { dtypes: [inBfloat16() ? 'bfloat16' : 'float32'] },
        num_host_args: { int: 0 },
      }),
      num_args: { int: 1 },
      fused_ops: { strings: activation ? ['BiasAdd', activation] : ['BiasAdd'] },
    });
  }
  const product = productOp(convolutionOps[kind].forward, [x, filter], described);
  if (!bias) return product;
  const sum = nativeOp('BiasAdd', [product, bias], { T: { dtype: 'float32' } })[0]!;
  product.dispose();
  return sum;
}
