import type { layers } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';
import { activation, clip, unary, withNumber } from './activations';
import type { GraphBuilder } from './builder';
import {
  type BinaryFunction,
  type Convolution,
  type GraphNode,
  type Padding,
  unsupported,
  type Weight,
} from './types';

/** The fields of layers that are read; which exist depends on the class. */
export interface ReadLayer extends layers.Layer {
  kernel: Variable;
  depthwiseKernel: Variable;
  pointwiseKernel: Variable;
  bias?: Variable | null;
  gamma?: Variable;
  beta?: Variable;
  movingMean: Variable;
  movingVariance: Variable;
  alpha: Variable;
  strides: [number, number];
  poolSize: [number, number];
  padding: string | [[number, number], [number, number]];
  cropping: [[number, number], [number, number]];
  dilationRate: number | [number, number];
  dataFormat?: string;
  interpolation: string;
  axis: number;
  epsilon: number;
  dims: number[];
  scale: number | number[];
  offset: number | number[];
  maxValue?: number | null;
  activation: { getClassName(): string } | null;
}

interface Variable {
  read(): { shape: number[]; dataSync(): ArrayLike<number> };
}

type Emit = (
  builder: GraphBuilder,
  layer: ReadLayer,
  inputs: GraphNode[],
  shape: number[],
) => GraphNode;

const same: Emit = (_, __, [x]) => x!;

const merge =
  (of: BinaryFunction): Emit =>
  (builder, layer, inputs, shape) => {
    const rank = inputs[0]!.shape.length;
    if (inputs.some((input) => input.shape.length !== rank)) {
      throw unsupported(layer, 'merging inputs of different ranks');
    }
    return builder.add(layer.name, { kind: 'merge', of }, inputs, shape);
  };

const pool =
  (of: 'max' | 'average'): Emit =>
  (builder, layer, inputs, shape) => {
    const { poolSize: size, strides } = layer;
    return builder.add(
      layer.name,
      { kind: 'pool', of, size, strides, padding: paddingOf(layer) },
      inputs,
      shape,
    );
  };

const globalPool =
  (of: 'max' | 'mean'): Emit =>
  (builder, layer, inputs, shape) =>
    builder.add(layer.name, { kind: 'reduce', of, keepDims: false }, inputs, shape);

const reshape: Emit = (builder, layer, inputs, shape) =>
  builder.add(layer.name, { kind: 'reshape' }, inputs, shape);

const convolution =
  (kind: Convolution['kind']): Emit =>
  (builder, layer, inputs, shape) => {
    const filter = kind === 'depthwise' ? layer.depthwiseKernel : layer.kernel;
    const node = builder.add(
      layer.name,
      {
        kind,
        filter: weight(filter),
        bias: layer.bias ? weight(layer.bias) : undefined,
        strides: layer.strides,
        dilations: dilationsOf(layer),
        padding: paddingOf(layer),
      },
      inputs,
      shape,
    );
    return activated(builder, layer, node);
  };

/** How each class of layers is computed in inference. */
const emitters: Record<string, Emit> = {
  Dropout: same,
  SpatialDropout1D: same,
  GaussianNoise: same,
  GaussianDropout: same,
  AlphaDropout: same,
  Conv2D: convolution('conv'),
  DepthwiseConv2D: convolution('depthwise'),
  Conv2DTranspose: convolution('convTranspose'),
  SeparableConv2D(builder, layer, inputs, shape) {
    const filter = weight(layer.depthwiseKernel);
    const options = { dilations: dilationsOf(layer), padding: paddingOf(layer) };
    const middle = [...shape.slice(0, 2), filter.shape[2]! * filter.shape[3]!];
    const depthwise = builder.add(
      `${layer.name}/depthwise`,
      { kind: 'depthwise', filter, bias: undefined, strides: layer.strides, ...options },
      inputs,
      middle,
    );
    const pointwise: Convolution = {
      kind: 'conv',
      filter: weight(layer.pointwiseKernel),
      bias: layer.bias ? weight(layer.bias) : undefined,
      strides: [1, 1],
      dilations: [1, 1],
      padding: 'VALID',
    };
    return activated(builder, layer, builder.add(layer.name, pointwise, [depthwise], shape));
  },
  Dense(builder, layer, inputs, shape) {
    const filter = weight(layer.kernel);
    const bias = layer.bias ? weight(layer.bias) : undefined;
    const node = builder.add(layer.name, { kind: 'dense', filter, bias }, inputs, shape);
    return activated(builder, layer, node);
  },
  BatchNormalization(builder, layer, inputs, shape) {
    if (layer.axis !== -1 && layer.axis !== shape.length) {
      throw unsupported(layer, `axis ${layer.axis}, which is not the last,`);
    }
    const mean = weight(layer.movingMean).values;
    const variance = weight(layer.movingVariance).values;
    const gamma = layer.gamma && weight(layer.gamma).values;
    const beta = layer.beta && weight(layer.beta).values;
    const scale = Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + layer.epsilon));
    const offset = scale.map((factor, i) => (beta?.[i] ?? 0) - mean[i]! * factor);
    return builder.add(
      layer.name,
      { kind: 'affine', scale: vector(scale), offset: vector(offset) },
      inputs,
      shape,
    );
  },
  Rescaling(builder, layer, inputs, shape) {
    const channels = shape[shape.length - 1]!;
    const filled = (value: number | number[]) =>
      vector(Array.isArray(value) ? value : Array<number>(channels).fill(value));
    const operation = {
      kind: 'affine' as const,
      scale: filled(layer.scale),
      offset: filled(layer.offset),
    };
    return builder.add(layer.name, operation, inputs, shape);
  },
  Activation: (builder, layer, [x]) => activated(builder, layer, x!),
  Softmax(builder, layer, inputs, shape) {
    if (layer.axis !== -1 && layer.axis !== shape.length) {
      throw unsupported(layer, `axis ${layer.axis}, which is not the last,`);
    }
    return builder.add(layer.name, { kind: 'softmax' }, inputs, shape);
  },
  ReLU(builder, layer, [x]) {
    const { maxValue } = layer;
    if (maxValue === 6) return unary(builder, layer.name, x!, 'relu6');
    return maxValue === undefined || maxValue === null
      ? unary(builder, layer.name, x!, 'relu')
      : clip(builder, layer.name, x!, 0, maxValue);
  },
  LeakyReLU: (builder, layer, [x]) =>
    unary(builder, layer.name, x!, 'leakyRelu', layer.alpha as unknown as number),
  ELU(builder, layer, [x]) {
    const alpha = layer.alpha as unknown as number;
    if (alpha !== 1) throw unsupported(layer, `alpha ${alpha}`);
    return unary(builder, layer.name, x!, 'elu');
  },
  PReLU(builder, layer, [x]) {
    const { name } = layer;
    const negative = unary(builder, name, withNumber(builder, name, x!, 'mul', -1), 'relu');
    const alpha = weight(layer.alpha);
    const constant = { shape: alpha.shape, values: alpha.values.map((value) => -value) };
    const scaled = builder.add(
      `${name}/alpha`,
      { kind: 'constant', of: 'mul', constant },
      [negative],
      x!.shape,
    );
    const positive = unary(builder, name, x!, 'relu');
    return builder.add(name, { kind: 'merge', of: 'add' }, [positive, scaled], x!.shape);
  },
  Flatten: reshape,
  Reshape: reshape,
  Permute: (builder, layer, inputs, shape) =>
    builder.add(layer.name, { kind: 'permute', order: [0, ...layer.dims] }, inputs, shape),
  MaxPooling2D: pool('max'),
  AveragePooling2D: pool('average'),
  GlobalMaxPooling2D: globalPool('max'),
  GlobalAveragePooling2D: globalPool('mean'),
  ZeroPadding2D(builder, layer, inputs, shape) {
    const [[top, bottom], [left, right]] = layer.padding as [[number, number], [number, number]];
    return builder.add(layer.name, { kind: 'pad', top, bottom, left, right }, inputs, shape);
  },
  Cropping2D(builder, layer, inputs, shape) {
    const [[top, bottom], [left, right]] = layer.cropping;
    return builder.add(layer.name, { kind: 'crop', top, bottom, left, right }, inputs, shape);
  },
  UpSampling2D(builder, layer, inputs, shape) {
    const of = layer.interpolation as 'nearest' | 'bilinear';
    return builder.add(layer.name, { kind: 'resize', of }, inputs, shape);
  },
  Concatenate(builder, layer, inputs, shape) {
    const axis = layer.axis < 0 ? layer.axis + shape.length + 1 : layer.axis;
    return builder.add(layer.name, { kind: 'concat', axis }, inputs, shape);
  },
  Add: merge('add'),
  Multiply: merge('mul'),
  Maximum: merge('max'),
  Minimum: merge('min'),
  Average(builder, layer, inputs, shape) {
    const sum = merge('add')(builder, layer, inputs, shape);
    return withNumber(builder, `${layer.name}/mean`, sum, 'mul', 1 / inputs.length);
  },
};

/**
 * The nodes of one use of a layer.
 *
 * @returns the node whose output is the layer's
 * @throws GradbookError `unsupported-layer`
 */
export function layerNodes(
  builder: GraphBuilder,
  layer: layers.Layer,
  inputs: GraphNode[],
  shape: number[],
): GraphNode {
  const className = layer.getClassName();
  const emit = emitters[className];
  if (!emit) {
    throw new GradbookError(
      `layer '${layer.name}' is a ${className}, which this format cannot hold: it holds ${Object.keys(emitters).sort().join(', ')}`,
      'unsupported-layer',
    );
  }
  const read = layer as ReadLayer;
  if (read.dataFormat !== undefined && read.dataFormat !== null) {
    if (read.dataFormat !== 'channelsLast') throw unsupported(layer, "dataFormat 'channelsFirst'");
  }
  return emit(builder, read, inputs, shape);
}

function activated(builder: GraphBuilder, layer: ReadLayer, x: GraphNode): GraphNode {
  return layer.activation ? activation(builder, layer, x, layer.activation.getClassName()) : x;
}

function paddingOf(layer: ReadLayer): Padding {
  if (layer.padding !== 'same' && layer.padding !== 'valid') {
    throw unsupported(layer, `padding '${layer.padding}'`);
  }
  return layer.padding === 'same' ? 'SAME' : 'VALID';
}

function dilationsOf(layer: ReadLayer): [number, number] {
  const rate = layer.dilationRate ?? 1;
  return Array.isArray(rate) ? [rate[0], rate[1] ?? rate[0]] : [rate, rate];
}

function weight(variable: Variable): Weight {
  const tensor = variable.read();
  return { shape: [...tensor.shape], values: Float32Array.from(tensor.dataSync()) };
}

function vector(values: number[]): Weight {
  return { shape: [values.length], values: Float32Array.from(values) };
}
