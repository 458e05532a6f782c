import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ImageSet, NdArray, Task } from '../data';
import { GradbookError, tf } from '../runtime';
import { apply, checkRate, checkWidths } from './blocks';
import { cutAtFreeze } from './flat-graph';
import { type MobileNetOptions, mobileNet } from './mobilenet';
import { chainOf, hasBranches, isModel, submodel } from './submodel';

export interface TransferOptions {
  /** `single`: softmax; `multi`: one sigmoid per type. Default `single`. */
  task?: Task;
  /** How many classes. Default 10. */
  classes?: number;
  /**
   * The extractor: a network from images to `[n, h, w, channels]` or `[n, features]`, such as
   * `importModel` reads. Default MobileNet v1 1.0 224.
   */
  base?: LayersModel;
  /** The weights of the default extractor, as `mobileNet` takes them. Default `imagenet`. */
  weights?: MobileNetOptions['weights'];
  /** Rate of each of the head's three dropouts. Default 0.3. */
  dropout?: number;
}

/**
 * The network of the paper's section 4: MobileNet v1 1.0 224, frozen, global average pooling, and
 * the head 256 – batch norm – dropout – 128 – dropout – 128 – dropout – 64 – classes. Layer names
 * and parameters are those of the paper's figures 8 and 12: 3,550,602 in all, 321,226 trainable.
 *
 * Its input is `[n, 224, 224, 3]` from -1 to 1: see `mobileNetRows` and `computeFeatures`.
 *
 * With your own `base` the input has its size and range; the head is the same.
 *
 * @throws GradbookError as `mobileNet` does; `bad-network` for a `base` that is not a feature
 *   extractor
 */
export async function transferModel(options: TransferOptions = {}): Promise<LayersModel> {
  const { task = 'single', classes = 10, weights = 'imagenet', dropout = 0.3 } = options;
  checkWidths('classes', [classes]);
  checkRate('dropout', dropout);
  const base = options.base ?? (await mobileNet({ weights }));
  checkBase(base);
  const activation = task === 'multi' ? 'sigmoid' : 'softmax';
  const pool = tf.layers.globalAveragePooling2d({
    name: 'global_average_pooling2d',
    dataFormat: 'channelsLast',
  });
  const head = [
    ...(base.outputs[0]!.rank === 4 ? [pool] : []),
    tf.layers.dense({ name: 'dense', units: 256, activation: 'relu' }),
    tf.layers.batchNormalization({ name: 'batch_normalization' }),
    tf.layers.dropout({ name: 'dropout', rate: dropout }),
    tf.layers.dense({ name: 'dense_1', units: 128, activation: 'relu' }),
    tf.layers.dropout({ name: 'dropout_1', rate: dropout }),
    tf.layers.dense({ name: 'dense_2', units: 128, activation: 'relu' }),
    tf.layers.dropout({ name: 'dropout_2', rate: dropout }),
    tf.layers.dense({ name: 'dense_3', units: 64, activation: 'relu' }),
    tf.layers.dense({ name: 'dense_4', units: classes, activation }),
  ];
  const input = tf.input({ shape: base.inputs[0]!.shape.slice(1), name: 'image' });
  const output = [base, ...head].reduce((x, layer) => apply(layer, x), input);
  const model = tf.model({ inputs: input, outputs: output, name: 'transfer' });
  unfreezeLast(model, 0);
  return model;
}

export interface UnfreezeOptions {
  /**
   * Momentum of the unfrozen batch norms' moving statistics, at least 0 and below 1. Default: the layers' own,
   * 0.99 in MobileNet, which averages over about 100 batches and lags behind weights that change faster.
   */
  momentum?: number;
}

/**
 * Freezes the extractor but for its last layers. Batch norms that are unfrozen learn and normalise
 * by the batch while training; frozen ones use their kept statistics, as in Keras.
 *
 * @param count layers of the extractor, with or without weights; the paper unfreezes 10
 * @throws GradbookError `bad-option`
 */
export function unfreezeLast(
  model: LayersModel,
  count: number,
  { momentum }: UnfreezeOptions = {},
): void {
  const { layers } = extractorOf(model);
  if (momentum !== undefined && !(momentum >= 0 && momentum < 1)) {
    throw new GradbookError(`momentum ${momentum}: at least 0 and below 1`, 'bad-option');
  }
  if (!(Number.isInteger(count) && count >= 0 && count < layers.length)) {
    throw new GradbookError(
      `count ${count}: give an integer from 0 to ${layers.length - 1}`,
      'bad-option',
    );
  }
  layers.forEach((layer, i) => {
    layer.trainable = i >= layers.length - count;
    if (
      momentum !== undefined &&
      layer.trainable &&
      layer.getClassName() === 'BatchNormalization'
    ) {
      (layer as unknown as { momentum: number }).momentum = momentum;
    }
  });
}

/** A network split at the freeze boundary. Both parts share their layers with the whole. */
export interface FreezeSplit {
  /** From the image to the last output that training cannot change. */
  frozen: LayersModel;
  /** The rest. */
  trained: LayersModel;
  /** Name of the layer between them. */
  boundary: string;
}

/**
 * Splits a network before its first trainable layer: the outputs of `frozen` are the same in every
 * epoch, so they are computed once, and training `trained` on them trains the whole network.
 *
 * A network with branches is split at the last layer before these through which all data pass.
 *
 * @throws GradbookError `bad-network` where nothing is frozen
 */
export function splitAtFreeze(model: LayersModel): FreezeSplit {
  if (hasBranches(model)) {
    const cut = cutAtFreeze(model);
    if (cut) return cut;
    throw new GradbookError(
      `nothing of ${model.name} is frozen before the first layer that all data pass`,
      'bad-network',
    );
  }
  const chain = chainOf(model);
  const first = chain.findIndex((layer) => layer.trainableWeights.length > 0);
  const before = chain[first - 1];
  if (first < 0 || !before) {
    throw new GradbookError(
      first < 0 ? `nothing of ${model.name} is trainable` : `nothing of ${model.name} is frozen`,
      'bad-network',
    );
  }
  return {
    frozen: submodel(model, { upTo: before.name }),
    trained: submodel(model, { after: before.name }),
    boundary: before.name,
  };
}

function checkBase(base: LayersModel): void {
  const { inputs, outputs, name } = base;
  const rank = outputs[0]!.rank;
  if (inputs.length === 1 && outputs.length === 1 && (rank === 4 || rank === 2)) return;
  throw new GradbookError(
    `base ${name} has ${inputs.length} inputs and ${outputs.length} outputs of rank ${outputs.map((output) => output.rank).join(', ')}: an extractor has one input and one output of rank 4 or 2`,
    'bad-network',
  );
}

/** The images of a set scaled to -1 to 1, as MobileNet takes them, at their original size. No copy. */
export function mobileNetRows(set: ImageSet): NdArray {
  const shape = [set.count, set.height, set.width, 3];
  return { shape, values: set.images, scale: 2 / 255, offset: -1 };
}

function extractorOf(model: LayersModel): LayersModel {
  const found = model.layers.find(isModel);
  if (!found) {
    throw new GradbookError(`${model.name} has no extractor: give a transferModel`, 'bad-network');
  }
  return found;
}
