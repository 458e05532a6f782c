import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, keepRounded, nativeOp, tf } from '../../runtime';
import {
  type ConvolutionAttributes,
  type ConvolutionKind,
  convolve,
  type FusedActivation,
} from '../convolve';
import { hasOneDnn, productOp } from '../one-dnn';
import { inBfloat16 } from '../precision';
import type { Layer, Node } from './graph';
import { foldedWeights } from './weights';

/** The computation of one node, or of several fused nodes. */
export interface Step {
  /** Its input nodes. */
  inputs: Node[];
  /** Its output node. */
  output: Node;
  /** The result belongs to the caller; it may not share a tensor object with an input. */
  run(inputs: Tensor[]): Tensor;
  /** Called before each run, outside of what is recorded. */
  prepare?(): void;
  dispose(): void;
}

interface Weight {
  read(): Tensor;
}

interface Product {
  kernel?: Weight;
  depthwiseKernel?: Weight;
  bias?: Weight | null;
  strides: [number, number];
  padding: string;
  dataFormat: string;
  dilationRate?: number | number[];
  activation: { getClassName(): string; apply(x: Tensor): Tensor } | null;
}

const fused: Readonly<Record<string, FusedActivation | undefined>> = {
  relu: 'Relu',
  relu6: 'Relu6',
};

/** The activation that a layer of its own computes, if it is one that goes into the op before it. */
export function activationAlone(layer: Layer): FusedActivation | undefined {
  const { activation, maxValue, negativeSlope, threshold } = layer as unknown as {
    activation?: { getClassName(): string };
    maxValue?: number | null;
    negativeSlope?: number;
    threshold?: number;
  };
  const name = layer.getClassName();
  if (name === 'Activation') return fused[activation!.getClassName()];
  if (name !== 'ReLU' || negativeSlope || threshold) return undefined;
  if (maxValue === undefined || maxValue === null) return 'Relu';
  return maxValue === 6 ? 'Relu6' : undefined;
}

function isLinear(layer: Layer): boolean {
  const { activation } = layer as unknown as Product;
  return !activation || activation.getClassName() === 'linear';
}

/** The kind of foldable layer, if it is one. */
function productKind(layer: Layer): ConvolutionKind | 'dense' | undefined {
  const { dataFormat, dilationRate } = layer as unknown as Product;
  const name = layer.getClassName();
  if (name === 'Dense') return 'dense';
  const dilated = [dilationRate ?? 1].flat().some((rate) => rate !== 1);
  if (dilated || dataFormat !== 'channelsLast') return undefined;
  if (name === 'Conv2D') return 'plain';
  return name === 'DepthwiseConv2D' ? 'depthwise' : undefined;
}

/** Whether this batch norm is the only user of the layer's output. */
export function foldsInto(product: Node, batchNorm: Node): boolean {
  if (batchNorm.layer.getClassName() !== 'BatchNormalization') return false;
  if (product.uses !== 1 || !productKind(product.layer) || !isLinear(product.layer)) return false;
  const { axis } = batchNorm.layer as unknown as { axis: number };
  const { outputShape } = product.layer;
  return axis === -1 || axis === (outputShape as number[]).length - 1;
}

/** What goes into the op of a product: the batch norm after it, and the activation after that. */
export interface Followers {
  batchNorm?: Node | undefined;
  activation?: Node | undefined;
}

/** Whether the output of a product, or of the batch norm after it, goes into this ReLU and nowhere else. */
export function activates(product: Node, last: Node, activation: Node): boolean {
  const kind = productKind(product.layer);
  if (!kind || kind === 'dense' || last.uses !== 1 || !isLinear(product.layer)) return false;
  return activationAlone(activation.layer) !== undefined;
}

/** The step of a convolution or dense layer, with what comes after it where that is known to fit. */
export function productStep(node: Node, followers: Followers = {}): Step | undefined {
  const kind = productKind(node.layer);
  if (!kind) return undefined;
  const { batchNorm } = followers;
  const layer = node.layer as unknown as Product;
  const filter = (layer.depthwiseKernel ?? layer.kernel)!.read();
  const channelAxes = kind === 'dense' ? [1] : kind === 'plain' ? [3] : [2, 3];
  const weights = foldedWeights(filter, layer.bias?.read(), batchNorm?.layer, channelAxes);
  const { strides } = layer;
  let release: (() => void) | undefined;
  const attributes: ConvolutionAttributes = {
    strides,
    padding: layer.padding === 'same' ? 'SAME' : 'VALID',
  };
  const alone = followers.activation && activationAlone(followers.activation.layer);
  const own = isLinear(node.layer) ? undefined : layer.activation!;
  const name = alone ?? (own && fused[own.getClassName()]);
  const activate = (y: Tensor) => {
    if (own) return own.apply(y);
    if (!alone) return y;
    return alone === 'Relu' ? tf.relu(y) : tf.relu6(y);
  };
  return {
    inputs: node.inputs,
    output: followers.activation ?? batchNorm ?? node,
    run: ([x]) =>
      tf.tidy(() => {
        const { filter, bias } = weights;
        if (kind === 'dense' && !(name && bias && x!.rank === 2 && hasOneDnn()))
          return activate(matrixProduct(x!, filter, bias));
        if (kind === 'dense') return denseOp(x!, filter, bias!, name!);
        if (name && bias && hasOneDnn())
          return convolve(kind, { x: x!, filter, bias }, attributes, name);
        return activate(convolution(kind, x!, filter, bias, attributes));
      }),
    prepare: () => {
      // The last layer's product, which has no ReLU, stays float32.
      if (inBfloat16() && (kind !== 'dense' || name)) release ??= keepRounded(weights.filter);
    },
    dispose: () => {
      release?.();
      tf.dispose([weights.filter, ...(weights.bias ? [weights.bias] : [])]);
    },
  };
}

/** A dense layer as one op of oneDNN, in the precision that is in force. */
function denseOp(x: Tensor, matrix: Tensor, bias: Tensor, activation: FusedActivation): Tensor {
  return productOp('FusedMatMul', [x, matrix, bias], {
    transpose_a: { bool: false },
    transpose_b: { bool: false },
    num_args: { int: 1 },
    fused_ops: { strings: ['BiasAdd', activation] },
  });
}

function matrixProduct(x: Tensor, matrix: Tensor, bias?: Tensor): Tensor {
  const rows = tf.reshape(x, [-1, matrix.shape[0]!]);
  const product = tf.matMul(rows as Tensor2D, matrix as Tensor2D);
  const sum = bias ? withBias(product, bias) : product;
  return tf.reshape(sum, [...x.shape.slice(0, -1), matrix.shape[1]!]);
}

function withBias(x: Tensor, bias: Tensor): Tensor {
  if (!hasNativeOps()) return tf.add(x, bias);
  return nativeOp('BiasAdd', [x, bias], { T: { dtype: 'float32' } })[0]!;
}

function convolution(
  kind: ConvolutionKind,
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  attributes: ConvolutionAttributes,
): Tensor {
  if (hasNativeOps()) return convolve(kind, { x, filter, bias }, attributes);
  const operate = kind === 'plain' ? tf.conv2d : tf.depthwiseConv2d;
  const padding = attributes.padding === 'SAME' ? 'same' : 'valid';
  const y = operate(x as Tensor4D, filter as Tensor4D, attributes.strides, padding);
  return bias ? tf.add(y, bias) : y;
}

/** The step of any other layer: the layer itself, in inference mode. */
export function layerStep(node: Node): Step {
  const { layer } = node;
  return {
    inputs: node.inputs,
    output: node,
    run: (inputs) =>
      tf.tidy(() => {
        const output = layer.call(inputs, { training: false }) as Tensor | Tensor[];
        const y = Array.isArray(output) ? output[0]! : output;
        return inputs.includes(y) ? tf.clone(y) : y;
      }),
    dispose: () => {},
  };
}
