import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { unet } from '../../lib/models';
import { tf } from '../../lib/runtime';
import networks from './networks.json';

/** One line of `networks.json`, which the Keras worker reads as well. */
export interface Network {
  title: string;
  input: number[];
  /** Side of the images where the device resizes them to `input`. */
  imageSize?: number;
  /** Images of one turn; on a GPU more. */
  images: number;
  batch: number;
  task: 'train' | 'segment' | 'fineTune' | 'predict' | 'explain' | 'latency';
  layers: (string | number)[][];
  l2?: number;
  /** Number of trainable layers of the MobileNet. */
  trainableLayers?: number;
}

export const allNetworks = networks as unknown as Record<string, Network>;

type Layer = layers.Layer;

const blocks: [number, number][] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

function mobileNetLayers(): Layer[] {
  const l = tf.layers;
  const normalized = () => [l.batchNormalization({}), l.reLU({ maxValue: 6 })];
  const first = {
    filters: 32,
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    useBias: false,
  } as const;
  const made: Layer[] = [l.conv2d(first), ...normalized()];
  for (const [filters, strides] of blocks) {
    if (strides === 2) {
      const padding: [[number, number], [number, number]] = [
        [0, 1],
        [0, 1],
      ];
      made.push(l.zeroPadding2d({ padding }));
    }
    const padding = strides === 1 ? 'same' : 'valid';
    made.push(l.depthwiseConv2d({ kernelSize: 3, strides, padding, useBias: false }));
    made.push(...normalized());
    made.push(l.conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false }));
    made.push(...normalized());
  }
  return made;
}

function layersOf({ layers: lines, l2 }: Network): { made: Layer[]; base: number } {
  const l = tf.layers;
  const made: Layer[] = [];
  let base = 0;
  const regularizer = () => (l2 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {});
  for (const [kind, ...options] of lines) {
    const [size, second, strides, fourth] = options as [number, number, number, 'relu'];
    if (kind === 'conv') {
      made.push(
        l.conv2d({
          filters: size,
          kernelSize: second,
          strides,
          padding: 'same',
          activation: fourth,
          ...regularizer(),
        }),
      );
    } else if (kind === 'dense') {
      const activation = options[1] as 'relu' | 'softmax';
      const extra = activation === 'softmax' ? {} : regularizer();
      made.push(l.dense({ units: size, activation, ...extra }));
    } else if (kind === 'mobileNet') {
      made.push(...mobileNetLayers());
      base = made.length;
    } else if (kind === 'batchNorm') made.push(l.batchNormalization({}));
    else if (kind === 'maxPool') made.push(l.maxPooling2d({ poolSize: 2 }));
    else if (kind === 'flatten') made.push(l.flatten());
    else if (kind === 'globalAverage') made.push(l.globalAveragePooling2d({} as never));
    else if (kind === 'dropout') made.push(l.dropout({ rate: size }));
    else throw new Error(`unknown layer: ${kind}`);
  }
  return { made, base };
}

function sequential(made: Layer[], inputShape: number[]): LayersModel {
  const input = tf.input({ shape: inputShape });
  let x = input;
  for (const layer of made) x = layer.apply(x) as typeof input;
  return tf.model({ inputs: input, outputs: x });
}

/** The network as one model, and split after its frozen part. */
export function build(network: Network): { whole: LayersModel; frozen: number } {
  const [kind, ...filters] = network.layers[0]!;
  if (kind === 'unet') return { whole: unet({ filters: filters as number[] }), frozen: 0 };
  const { made, base } = layersOf(network);
  const frozen = Math.max(base - (network.trainableLayers ?? base), 0);
  for (const layer of made.slice(0, frozen)) layer.trainable = false;
  return { whole: sequential(made, network.input), frozen };
}

/** The part of a chain of layers after the first `count`, sharing its layers. */
export function tailOf(model: LayersModel, count: number): LayersModel {
  const layersAfterInput = model.layers.slice(1);
  const shape = (layersAfterInput[count - 1]!.outputShape as number[]).slice(1);
  return sequential(layersAfterInput.slice(count), shape);
}
