import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { Layer } from './graph';

interface Readable {
  read(): Tensor;
}

interface BatchNormLayer {
  axis: number;
  epsilon: number;
  gamma?: Readable;
  beta?: Readable;
  movingMean: Readable;
  movingVariance: Readable;
}

/** A filter or matrix and a bias, kept until they are disposed of. */
export interface FoldedWeights {
  filter: Tensor;
  bias: Tensor | undefined;
}

/**
 * The weights of a convolution or dense layer, with the batch norm after it folded in:
 * `filter gamma / sqrt(variance + epsilon)` and `(bias - mean) gamma / sqrt(…) + beta`.
 *
 * @param channelAxes the axes of the filter that make up the output's channels
 */
export function foldedWeights(
  filter: Tensor,
  bias: Tensor | undefined,
  batchNorm: Layer | undefined,
  channelAxes: readonly number[],
): FoldedWeights {
  return tf.tidy(() => {
    if (!batchNorm) {
      return { filter: tf.keep(tf.clone(filter)), bias: bias && tf.keep(tf.clone(bias)) };
    }
    const layer = batchNorm as unknown as BatchNormLayer;
    const deviation = tf.sqrt(tf.add(layer.movingVariance.read(), layer.epsilon));
    const scale = tf.div(layer.gamma?.read() ?? tf.onesLike(deviation), deviation);
    const shape = filter.shape.map((size, axis) => (channelAxes.includes(axis) ? size : 1));
    const centred = tf.mul(tf.sub(bias ?? 0, layer.movingMean.read()), scale);
    const offset = layer.beta ? tf.add(centred, layer.beta.read()) : centred;
    return {
      filter: tf.keep(tf.mul(filter, tf.reshape(scale, shape))),
      bias: tf.keep(offset),
    };
  });
}
