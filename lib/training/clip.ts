import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';

/** Bounds of gradients, with the meaning they have in Keras's optimizers; one of them at most. */
export interface ClipOptions {
  /** Greatest length (L2 norm) of the gradient of each weight; longer ones are scaled. Default none. */
  clipnorm?: number;
  /** Greatest size of each number of a gradient. Default none. */
  clipvalue?: number;
  /** Greatest length of all gradients together; longer ones are all scaled by one factor. Default none. */
  globalClipnorm?: number;
}

/** @throws GradbookError `bad-option` for bounds that are not positive, and for more than one */
export function checkClip(options: ClipOptions): void {
  const given = (['clipnorm', 'clipvalue', 'globalClipnorm'] as const).filter(
    (name) => options[name] !== undefined,
  );
  for (const name of given) {
    const value = options[name]!;
    if (!(value > 0 && Number.isFinite(value))) {
      throw new GradbookError(`${name} ${value}: give a number above 0`, 'bad-option');
    }
  }
  if (given.length > 1) {
    throw new GradbookError(`${given.join(' and ')}: give one of them`, 'bad-option');
  }
}

function scaledTo(gradient: Tensor, norm: Tensor, limit: number): Tensor {
  return tf.div(tf.mul(gradient, limit), tf.maximum(norm, limit));
}

/**
 * Clips gradients as Keras's optimizers do (`clip_gradients` of `keras.optimizers`).
 *
 * @param gradients float32, any shapes. Call inside a `tf.tidy`
 */
export function clipGradients(gradients: readonly Tensor[], options: ClipOptions): Tensor[] {
  const { clipnorm, clipvalue, globalClipnorm } = options;
  const squares = (gradient: Tensor) => tf.sum(tf.square(gradient));
  if (clipnorm !== undefined) {
    return gradients.map((gradient) => scaledTo(gradient, tf.sqrt(squares(gradient)), clipnorm));
  }
  if (globalClipnorm !== undefined && gradients.length > 0) {
    const norm = tf.sqrt(tf.addN(gradients.map(squares)));
    return gradients.map((gradient) => scaledTo(gradient, norm, globalClipnorm));
  }
  if (clipvalue !== undefined) {
    return gradients.map((gradient) => tf.clipByValue(gradient, -clipvalue, clipvalue));
  }
  return [...gradients];
}
