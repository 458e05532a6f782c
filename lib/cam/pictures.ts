import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import type { NdArray } from '../data';
import { GradbookError, tf } from '../runtime';
import { findLayer } from './layers';
import { checkImages, layerActivations } from './network';
import { checkUsedOnce } from './supported';

/**
 * Images as one float32 tensor `[n, height, width, channels]`, with the rows' scale and offset; it
 * belongs to the caller.
 *
 * @throws GradbookError `bad-shape` for rows that are not images
 */
export function imageTensor(rows: NdArray): Tensor4D {
  const { shape, values, scale = 1, offset = 0 } = rows;
  if (shape.length !== 4) {
    throw new GradbookError(
      `rows of shape [${shape.join(', ')}] are not images: give [n, height, width, channels]`,
      'bad-shape',
    );
  }
  return tf.tidy(() =>
    tf
      .tensor(Float32Array.from(values), [...shape])
      .mul(scale)
      .add(offset),
  );
}

/** A layer's output for images, as plain arrays. */
export interface LayerActivations {
  /** Path of the layer. */
  layer: string;
  /** `[n, height, width, channels]`. */
  shape: number[];
  values: Float32Array;
}

/**
 * The activations of layers for a few images, all in memory: 64 channels of 64×64 take 1 MB per
 * image.
 *
 * @param images `[n, height, width, channels]`; they belong to the caller
 * @param layers names, paths or convolution indices, as `explain` takes them
 * @throws GradbookError as `explain` does
 */
export function activationsOf(
  model: LayersModel,
  images: Tensor4D,
  layers: readonly (string | number)[],
): LayerActivations[] {
  checkImages(model, images.shape);
  const places = layers.map((layer) => findLayer(model, layer));
  for (const { layer, path } of places) checkUsedOnce(model, layer, path);
  return tf.tidy(() =>
    layerActivations(model, images, places).map((activations, i) => ({
      layer: places[i]!.path,
      shape: [...activations.shape],
      values: activations.dataSync() as Float32Array,
    })),
  );
}
