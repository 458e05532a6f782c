import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { explain, type MapStatus } from '../cam';
import { tf } from '../runtime';
import { argMax } from '../training';
import type { Prepared } from './network';
import type { LiveMethod } from './types';

/** A pixel belongs to the sprite from here on, and a type to an image of several. */
export const threshold = 0.5;

/**
 * What a network says about images, on the host: probabilities `[n, classes]`, or of a mask
 * `[n, height, width]`. The same source computes this in Node and on the live page.
 *
 * @param images `[n, height, width, 3]`, as `picturesTensor` makes them; the caller's
 */
export function outputsOf({ model }: Prepared, images: Tensor4D): Float32Array {
  return tf.tidy(() => (model.predict(images) as Tensor).dataSync() as Float32Array);
}

export interface MapOptions {
  method: LiveMethod;
  /** Class that each map explains. Default: the surest one; of a mask always the sprite. */
  targets?: readonly number[];
  /** Occlusion: side and step of the covered square, in pixels. Defaults: those of `explain`. */
  patch?: number;
  stride?: number;
}

/** Maps of some images, on the host. */
export interface Maps {
  /** `[n, height, width]`, 0…1; all zero where the status is not `ok`. */
  maps: Float32Array;
  status: MapStatus[];
  /** The classes that they explain. */
  targets: number[];
}

/**
 * Where a network sees what it says, by `explain`: for types at the layer of `prepared`, for a mask the
 * evidence of the pixels that are called sprite, or of all where none is. No tensor is left behind.
 *
 * @param outputs what `outputsOf` gave for these images
 * @throws GradbookError as `explain` does, such as `bad-target`
 */
export function mapsOf(
  prepared: Prepared,
  images: Tensor4D,
  outputs: Float32Array,
  options: MapOptions,
): Maps {
  const count = images.shape[0];
  const mask = prepared.kind === 'mask';
  const surest = () =>
    Array.from(argMax({ values: outputs, shape: [count, outputs.length / count] }));
  const targets = mask ? new Array<number>(count).fill(1) : [...(options.targets ?? surest())];
  const { method, patch, stride } = options;
  const { maps, status } = explain(prepared.model, images, {
    ...{ method, targets, layers: prepared.layer },
    ...(patch === undefined ? {} : { patch }),
    ...(stride === undefined ? {} : { stride }),
    ...(mask ? { regions: regionsOf(outputs, count) } : {}),
  });
  return { maps, status, targets };
}

/** The pixels that are called sprite, image by image; all of one where none is. */
function regionsOf(masks: Float32Array, count: number): Float32Array {
  const pixels = masks.length / count;
  const regions = masks.map((value) => (value >= threshold ? 1 : 0));
  for (let start = 0; start < masks.length; start += pixels) {
    const one = regions.subarray(start, start + pixels);
    if (!one.includes(1)) one.fill(1);
  }
  return regions;
}
