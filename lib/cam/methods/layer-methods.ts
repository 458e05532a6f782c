import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { LayerEvidence } from '../network';
import { firstComponent } from './projection';

/**
 * Methods that need a layer's activations A and their gradients G, both `[n, height, width,
 * channels]`. Each gives the weighted activations; their sum over the channels is the map.
 */
export type LayerMethod =
  | 'activations'
  | 'grad-cam'
  | 'grad-cam++'
  | 'hires-cam'
  | 'x-grad-cam'
  | 'layer-cam'
  | 'eigen-cam'
  | 'eigen-grad-cam';

const spatialAxes = [1, 2];

const weighted: Record<LayerMethod, (evidence: LayerEvidence) => Tensor4D> = {
  /** The mean over the channels, as in section 5 of the paper. */
  activations: ({ activations }) => activations.div(activations.shape[3]),

  /** Selvaraju et al., 2017, arXiv:1610.02391: channels weighted by their mean gradient. */
  'grad-cam': ({ activations, gradients }) => activations.mul(gradients.mean(spatialAxes, true)),

  /** Chattopadhay et al., 2018, arXiv:1710.11063, equation 19. */
  'grad-cam++': ({ activations, gradients }) => {
    const squared = gradients.square();
    const total = activations.sum(spatialAxes, true);
    const alpha = squared.div(squared.mul(2).add(total.mul(squared).mul(gradients)).add(1e-6));
    // Where the gradient is zero alpha is zero already; its ReLU keeps what raises the score.
    return activations.mul(gradients.relu().mul(alpha).sum(spatialAxes, true));
  },

  /** Draelos and Carin, 2020, arXiv:2011.08891: each position weighted by its own gradient. */
  'hires-cam': ({ activations, gradients }) => activations.mul(gradients),

  /** Fu et al., 2020, arXiv:2008.02312: the weight that satisfies sensitivity and conservation. */
  'x-grad-cam': ({ activations, gradients }) => {
    const total = activations.sum(spatialAxes, true).add(1e-7);
    return activations.mul(gradients.mul(activations).div(total).sum(spatialAxes, true));
  },

  /** Jiang et al., 2021, LayerCAM: each position weighted by its own positive gradient. */
  'layer-cam': ({ activations, gradients }) => activations.mul(gradients.relu()),

  'eigen-cam': ({ activations }) => activations.clone(),
  'eigen-grad-cam': ({ activations, gradients }) => activations.mul(gradients),
};

/** The methods of this file, for messages and tables. */
export const layerMethods = Object.keys(weighted) as LayerMethod[];

const eigenMethods: ReadonlySet<LayerMethod> = new Set(['eigen-cam', 'eigen-grad-cam']);

/** Whether a method uses gradients, and so depends on the class. */
export function usesGradients(method: LayerMethod): boolean {
  return method !== 'activations' && method !== 'eigen-cam';
}

/**
 * The map of each image, before ReLU and scaling.
 *
 * @param eigenSmooth the first principal component of the weighted activations instead of their sum
 * @returns `[n, height, width]`, on the host
 */
export function layerMap(
  method: LayerMethod,
  evidence: LayerEvidence,
  eigenSmooth: boolean,
): Float32Array {
  const maps = tf.tidy(() => {
    const values = weighted[method](evidence);
    return eigenSmooth || eigenMethods.has(method) ? values : values.sum(3);
  });
  try {
    return maps.rank === 3
      ? (maps.dataSync() as Float32Array)
      : eachPicture(maps as Tensor4D, firstComponent);
  } finally {
    maps.dispose();
  }
}

/** Maps `[n, height, width]` of a function of one image's places, `[places, channels]`, at a time. */
export function eachPicture(
  activations: Tensor4D,
  map: (values: Float32Array, places: number, channels: number) => Float32Array,
): Float32Array {
  const [images, height, width, channels] = activations.shape;
  const values = activations.dataSync() as Float32Array;
  const pixels = height * width;
  const maps = new Float32Array(images * pixels);
  for (let image = 0; image < images; image++) {
    const rows = values.subarray(image * pixels * channels, (image + 1) * pixels * channels);
    maps.set(map(rows, pixels, channels), image * pixels);
  }
  return maps;
}

/** The weighted sum of channels: activations `[n, h, w, c]`, weights `[n, c]`, to `[n, h, w]`. */
export function weightedSum(activations: Tensor4D, weights: Tensor): Tensor3D {
  const [images, , , channels] = activations.shape;
  return activations.mul(weights.reshape([images, 1, 1, channels])).sum(3);
}
