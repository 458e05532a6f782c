import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import {
  examplesOf,
  type ImageSet,
  loadPokemon,
  maskExamplesOf,
  type NdArray,
} from '../../lib/data';
import {
  cnn,
  mobileNetRows,
  multiLabelCnn,
  splitAtFreeze,
  transferModel,
  unet,
} from '../../lib/models';
import { tf } from '../../lib/runtime';
import { computeFeatures, toTensor, train } from '../../lib/training';
import { branches } from './networks';

/** A network after a short training, and what it is compared on. */
export interface TrainedNetwork {
  model: LayersModel;
  /** A tensor an input, of the images of the test set; the caller's. */
  inputs: Tensor[];
}

/** What the networks are trained and compared on. */
export const training = { pictures: 640, epochs: 3, batchSize: 16, compared: 100 } as const;

const { epochs, batchSize } = training;

/** The paper's networks and one with branches, each trained for a few epochs on the data set. */
export async function* trainedNetworks(): AsyncGenerator<TrainedNetwork> {
  const sets = await loadPokemon({
    ...{ seed: 1, validation: 0.1 },
    ...{ examples: training.pictures, testExamples: training.compared },
  });
  const options = { epochs, batchSize, seed: 1, verbose: 0 } as const;
  const pictures = () => [toTensor(examplesOf(sets.test).x)];
  for (const [model, examples] of [
    [cnn({ momentum: 0.9 }), examplesOf(sets.train, 'single')],
    [multiLabelCnn({ momentum: 0.9 }), examplesOf(sets.train, 'multi')],
    [unet({ momentum: 0.9 }), maskExamplesOf(sets.train)],
  ] as const) {
    await train(model, examples, options);
    yield { model, inputs: pictures() };
  }
  yield { model: await trainedTransfer(sets.train), inputs: [largePictures(sets.test)] };
  const net = branches({
    ...{ height: oddHeight, width: sets.train.width, dilationRate: 1 },
    classes: sets.train.classNames.length,
  });
  const [image, other] = twoPictures(sets.train);
  const y = {
    probabilities: examplesOf(sets.train).y,
    mask: oddRows(maskExamplesOf(sets.train).y, 1),
  };
  await train(net, { x: { image, other }, y }, options);
  yield { model: net, inputs: twoPictures(sets.test).map(toTensor) };
}

/** The head is trained on the outputs of the frozen part, computed once, as the paper does. */
async function trainedTransfer(set: ImageSet): Promise<LayersModel> {
  const model = await transferModel();
  const { frozen, trained } = splitAtFreeze(model);
  const { rows } = await computeFeatures(frozen, mobileNetRows(set), {
    label: `features of ${set.name}`,
  });
  await train(trained, { x: rows, y: examplesOf(set).y }, { epochs, seed: 1, verbose: 0 });
  return model;
}

function largePictures(set: ImageSet): Tensor {
  return tf.tidy(() =>
    tf.image.resizeBilinear(toTensor(mobileNetRows(set)) as never, [224, 224], false, true),
  );
}

/** The network with branches takes images of odd height: all but the last row. */
const oddHeight = 63;

function oddRows({ shape, values, ...rest }: NdArray, channels: number): NdArray {
  const [count, height, width] = shape as [number, number, number];
  const rows = new Uint8Array(count * oddHeight * width * channels);
  const size = oddHeight * width * channels;
  for (let i = 0; i < count; i++) {
    const start = i * height * width * channels;
    rows.set(values.subarray(start, start + size), i * size);
  }
  return { ...rest, shape: [count, oddHeight, width, channels], values: rows };
}

/** Each image, and the same with its channels in the other order. */
function twoPictures(set: ImageSet): [NdArray, NdArray] {
  const image = oddRows(examplesOf(set).x, 3);
  const turned = (image.values as Uint8Array).slice();
  for (let i = 0; i < turned.length; i += 3) turned.subarray(i, i + 3).reverse();
  return [image, { ...image, values: turned }];
}
