import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { preparedModel, spatialLayers } from '../cam';
import { modelOutput } from '../ops';
import { GradbookError, tf } from '../runtime';
import type { LiveKind } from './types';

/** A network that takes the data set's images, whatever its own input is. */
export interface Prepared {
  /** From `[n, height, width, 3]`, 0…1, to what the network answers. Its layers are the network's own. */
  model: LayersModel;
  kind: LiveKind;
  /** Path of the layer that maps are taken from. */
  layer: string;
}

/** Layers that answer with other values than they were given. */
const computing = /Conv|ReLU|Activation|BatchNormalization/;

/**
 * Makes a network ready for images of the data set, between 0 and 1: one with an input of another size
 * gets them resized (bilinear, half-pixel centres), a MobileNet between -1 and 1, as `mobileNetRows` says.
 *
 * @param size height and width of the images
 * @returns the network's own tensors; disposing of its model disposes of the network
 * @throws GradbookError `bad-model` for a network that takes no RGB images, or that answers neither
 *   probabilities by softmax or sigmoid nor one mask
 */
export function prepareNetwork(
  network: LayersModel,
  [height, width]: readonly [number, number],
): Prepared {
  const input = network.inputs[0]?.shape ?? [];
  const [, rows, columns, channels] = input;
  if (network.inputs.length !== 1 || input.length !== 4 || channels !== 3 || !rows || !columns) {
    throw new GradbookError(
      `network ${network.name} takes ${JSON.stringify(network.inputs.map(({ shape }) => shape))}: the page gives one RGB image, [n, height, width, 3]`,
      'bad-model',
    );
  }
  const kind = kindOf(network);
  const signed = network.layers.some(({ name }) => name.startsWith('mobilenet'));
  const resized = rows !== height || columns !== width;
  const prepare = (images: Tensor4D): Tensor4D =>
    tf.tidy(() => {
      const ranged = signed ? images.mul<Tensor4D>(2).sub<Tensor4D>(1) : images;
      return resized ? tf.image.resizeBilinear(ranged, [rows, columns], false, true) : ranged;
    });
  const same = !signed && !resized;
  const model = same ? network : preparedModel(network, [height, width, 3], prepare);
  return { model, kind, layer: mapLayer(model, kind) };
}

function kindOf(network: LayersModel): LiveKind {
  const { shape, activation } = modelOutput(network);
  if (shape.length === 2 && activation === 'softmax') return 'single';
  if (shape.length === 2 && activation === 'sigmoid') return 'multi';
  if (shape.length === 4 && shape[3] === 1 && activation === 'sigmoid') return 'mask';
  throw new GradbookError(
    `network ${network.name} answers ${JSON.stringify(shape)} by ${activation}: the page shows types by softmax or sigmoid, and masks of one sigmoid`,
    'bad-model',
  );
}

/**
 * Types are explained at the last spatial layer that computes, masks at the last one of the smallest
 * size, the bottleneck (Vinogradova et al., 2020, "Towards interpretable semantic segmentation via
 * gradient-weighted class activation mapping"): the last layer of a segmentation is the mask itself.
 */
function mapLayer(model: LayersModel, kind: LiveKind): string {
  const places = spatialLayers(model).filter(({ layer }) => computing.test(layer.getClassName()));
  const pixels = ({ layer }: (typeof places)[number]) => {
    const [, height, width] = layer.outputShape as number[];
    return height! * width!;
  };
  const smallest = Math.min(...places.map(pixels));
  const found = kind === 'mask' ? places.filter((place) => pixels(place) === smallest) : places;
  if (found.length === 0) {
    throw new GradbookError(
      `network ${model.name} has no convolution: there is no layer to take a map from`,
      'bad-model',
    );
  }
  return found.at(-1)!.path;
}

/** Images in bytes as the prepared networks take them, `[n, height, width, 3]`, 0…1; the caller's. */
export function picturesTensor(
  pixels: Uint8Array,
  [height, width]: readonly [number, number],
): Tensor4D {
  const count = pixels.length / (height * width * 3);
  return tf.tidy(() =>
    tf.tensor4d(Float32Array.from(pixels), [count, height, width, 3]).mul<Tensor4D>(1 / 255),
  );
}
