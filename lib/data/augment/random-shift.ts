import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, random, tf } from '../../runtime';

/**
 * For `train`'s `augment`: moves every image of a batch, each by its own random distance up to
 * `pixels` in both directions; edges are filled by reflection. The distances depend on the
 * training's seed, the epoch and the batch.
 *
 * @param pixels integer from 1
 * @returns a function of a batch `[n, height, width, channels]`; the shifted batch belongs to the
 *   caller
 * @throws GradbookError `bad-option` for other distances, `bad-shape` for a batch that is not
 *   images, or images too small to be mirrored that far
 */
export function randomShift(pixels: number): (batch: Tensor) => Tensor {
  if (!(Number.isInteger(pixels) && pixels >= 1)) {
    throw new GradbookError(`randomShift of ${pixels}: give whole pixels from 1`, 'bad-option');
  }
  return (batch) => {
    const [, height = 0, width = 0] = batch.shape;
    if (batch.rank !== 4 || Math.min(height, width) <= pixels) {
      throw new GradbookError(
        `a batch of ${batch.shape.join('×')} cannot be shifted by ${pixels} pixels: give images, n×height×width×channels, larger than that`,
        'bad-shape',
      );
    }
    return tf.tidy(() => {
      const away = () => random().integer(0, 2 * pixels + 1);
      const none: [number, number] = [0, 0];
      const margin: [number, number] = [pixels, pixels];
      const padded = tf.mirrorPad(batch, [none, margin, margin, none], 'reflect') as Tensor4D;
      const moved = Array.from({ length: batch.shape[0]! }, (_, i) => {
        return padded.slice([i, away(), away(), 0], [1, height, width, -1]);
      });
      return tf.concat(moved, 0);
    });
  };
}
