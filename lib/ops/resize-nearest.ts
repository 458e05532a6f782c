import type { GradConfig, Tensor } from '@tensorflow/tfjs-node-gpu';
import { needsDeterministicOps, tf } from '../runtime';
import { gradientPatch, originalGradient } from './patch';

const kernelName = 'ResizeNearestNeighbor';

/** The ratio of `large` to `small`; undefined where it is not an integer. */
function factor(large: number, small: number): number | undefined {
  return large % small === 0 ? large / small : undefined;
}

/** Sums over the block of positions that each input position was copied to. */
function sumOverBlocks(dy: Tensor, shape: number[], rows: number, columns: number): Tensor {
  const [count, height, width, channels] = shape as [number, number, number, number];
  const byRow = tf.reshape(dy, [count * height, rows, width * columns * channels]);
  const byPlace = tf.reshape(tf.sum(byRow, 1), [count * height * width, columns, channels]);
  return tf.reshape(tf.sum(byPlace, 1), shape);
}

/**
 * The gradient of upsampling by integer factors, as `tf.layers.upSampling2d` does, where
 * TensorFlow's own op, `ResizeNearestNeighborGrad`, has no deterministic kernel. Other sizes go to
 * that op.
 */
const gradient: GradConfig = {
  kernelName,
  inputsToSave: ['images'],
  gradFunc: (dy, saved, attributes) => {
    const { shape } = (saved as Tensor[])[0]!;
    const [, height, width] = (dy as Tensor).shape;
    const rows = factor(height!, shape[1]!);
    const columns = factor(width!, shape[2]!);
    const { alignCorners } = attributes as { alignCorners?: boolean };
    if (!needsDeterministicOps() || !rows || !columns || alignCorners) {
      return originalGradient(kernelName).gradFunc(dy, saved, attributes);
    }
    return { images: () => sumOverBlocks(dy as Tensor, shape, rows, columns) };
  },
};

export const resizeNearest = gradientPatch(gradient);
