import type { layers } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';

/** An array of weights in the layout of tfjs: filters are height, width, in, out. */
export interface Weight {
  shape: number[];
  values: Float32Array;
}

export type Padding = 'SAME' | 'VALID';

/** Convolutions and dense layers: a filter and optionally a bias. */
export interface Convolution {
  kind: 'conv' | 'depthwise' | 'convTranspose';
  filter: Weight;
  bias: Weight | undefined;
  strides: [number, number];
  dilations: [number, number];
  padding: Padding;
}

export interface Dense {
  kind: 'dense';
  filter: Weight;
  bias: Weight | undefined;
}

/** Elementwise functions. */
export type UnaryFunction =
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'sigmoid'
  | 'tanh'
  | 'softplus'
  | 'softsign'
  | 'exp'
  | 'erf';

export type BinaryFunction = 'add' | 'mul' | 'max' | 'min';

/** What a node of a graph computes, in the layout of tfjs, channels last. */
export type Operation =
  | { kind: 'input' }
  | Convolution
  | Dense
  | { kind: 'unary'; of: UnaryFunction; alpha?: number }
  | { kind: 'softmax' }
  /** `x * scale + offset`, by the last axis. */
  | { kind: 'affine'; scale: Weight; offset: Weight }
  /** With a constant, broadcast from the last axis on. */
  | { kind: 'constant'; of: BinaryFunction; constant: Weight }
  /** Of two or more inputs. */
  | { kind: 'merge'; of: BinaryFunction }
  | {
      kind: 'pool';
      of: 'max' | 'average';
      size: [number, number];
      strides: [number, number];
      padding: Padding;
    }
  /** Over the two axes of the image. */
  | { kind: 'reduce'; of: 'max' | 'mean'; keepDims: boolean }
  /** Zeros, or with `crop` rows and columns removed: top, bottom, left, right. */
  | { kind: 'pad' | 'crop'; top: number; bottom: number; left: number; right: number }
  | { kind: 'resize'; of: 'nearest' | 'bilinear' }
  | { kind: 'reshape' }
  /** The order of all axes, first the batch axis 0. */
  | { kind: 'permute'; order: number[] }
  /** The axis counts the batch. */
  | { kind: 'concat'; axis: number };

/** One operation of a network for inference. */
export interface GraphNode {
  /** Unlike that of every other node. */
  name: string;
  operation: Operation;
  inputs: GraphNode[];
  /** Shape of the output, without the batch. */
  shape: number[];
}

/** A network for inference: each node after its inputs. */
export interface Graph {
  name: string;
  nodes: GraphNode[];
  inputs: GraphNode[];
  /** The outputs by the names under which they are exported. */
  outputs: { name: string; node: GraphNode }[];
}

/** An error that names a layer and the option that cannot be exported. */
export function unsupported(layer: layers.Layer, what: string): GradbookError {
  return new GradbookError(
    `layer '${layer.name}' (${layer.getClassName()}): ${what} cannot be exported in this format; the formats tfjs and keras hold more layers`,
    'unsupported-layer',
  );
}
