import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { hasNativeOps, nativeOp, tf } from '../../runtime';
import { type ConvolutionAttributes, type ConvolutionKind, convolve } from '../convolution';
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

/** The step of a convolution or dense layer, with the batch norm after it if there is one. */
export function productStep(node: Node, batchNorm?: Node): Step | undefined {
  const kind = productKind(node.layer);
  if (!kind) return undefined;
  const layer = node.layer as unknown as Product;
  const filter = (layer.depthwiseKernel ?? layer.kernel)!.read();
  const channelAxes = kind === 'dense' ? [1] : kind === 'plain' ? [3] : [2, 3];
  const weights = foldedWeights(filter, layer.bias?.read(), batchNorm?.layer, channelAxes);
  const { activation, strides } = layer;
  const attributes: ConvolutionAttributes = {
    strides,
    padding: layer.padding === 'same' ? 'SAME' : 'VALID',
  };
  return {
    inputs: node.inputs,
    output: batchNorm ?? node,
    run: ([x]) =>
      tf.tidy(() => {
        const y =
          kind === 'dense'
            ? matrixProduct(x!, weights.filter, weights.bias)
            : convolution(kind, x!, weights.filter, weights.bias, attributes);
        return activation && !isLinear(node.layer) ? activation.apply(y) : y;
      }),
    dispose: () => tf.dispose([weights.filter, ...(weights.bias ? [weights.bias] : [])]),
  };
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
