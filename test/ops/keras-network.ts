import type { LayersModel, layers, Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/runtime';

/** A float32 array of a fixture. */
export interface Packed {
  shape: number[];
  data: string;
}

type Line = [kind: string, ...options: (string | number)[]];

/** A network of keras-steps.json. */
export interface KerasNetwork {
  input: number[];
  frozen: number;
  layers: Line[];
  /** By layer, in Keras's order. */
  weights: Packed[][];
}

export function unpack({ data }: Packed): Float32Array {
  const bytes = Buffer.from(data, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

export function unpackTensor(packed: Packed): Tensor {
  return tf.tensor(unpack(packed), packed.shape);
}

function layerOf([kind, ...options]: Line): layers.Layer {
  const l = tf.layers;
  const l2 = (value: unknown) =>
    value ? { kernelRegularizer: tf.regularizers.l2({ l2: value as number }) } : {};
  switch (kind) {
    case 'conv': {
      const [filters, kernelSize, padding, activation, decay] = options;
      return l.conv2d({ filters, kernelSize, padding, activation, ...l2(decay) } as never);
    }
    case 'dense': {
      const [units, activation, decay] = options;
      return l.dense({ units, activation, ...l2(decay) } as never);
    }
    case 'depthwise':
      return l.depthwiseConv2d({
        kernelSize: options[0],
        padding: options[1],
        useBias: false,
      } as never);
    case 'batchNorm':
      return l.batchNormalization({ momentum: 0.9 });
    case 'maxPool':
      return l.maxPooling2d({ poolSize: 2 });
    case 'relu':
      return l.reLU({});
    case 'relu6':
      return l.reLU({ maxValue: 6 });
    case 'flatten':
      return l.flatten();
    case 'globalAverage':
      return l.globalAveragePooling2d({} as never);
    case 'dropout':
      return l.dropout({ rate: options[0] as number });
    default:
      throw new Error(`no layer is called ${kind}`);
  }
}

/** The network as a tfjs model with the fixture's weights. */
export function buildNetwork(network: KerasNetwork): LayersModel {
  const made = network.layers.map(layerOf);
  for (const layer of made.slice(0, network.frozen)) layer.trainable = false;
  const input = tf.input({ shape: network.input });
  let x = input;
  for (const layer of made) x = layer.apply(x) as typeof input;
  const model = tf.model({ inputs: input, outputs: x });
  for (const [i, layer] of made.entries()) {
    const tensors = network.weights[i]!.map(unpackTensor);
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
  return model;
}
