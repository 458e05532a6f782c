import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';

type Pair = [number, number];

/** How a dilated convolution of stride 1 becomes one without dilation on more, smaller images. */
export interface Blocks {
  rates: Pair;
  /** Rows and columns that are added before and after. */
  pads: [Pair, Pair];
  /** Those of the result that are cut off. */
  crops: [Pair, Pair];
}

/**
 * A dilated convolution sees every `rate`th pixel: the images of all the pixels with one remainder,
 * one below the other in the batch, see it as an ordinary convolution without padding. So TensorFlow's
 * `with_space_to_batch` does it, on kernels that know no dilation and have none in their gradients.
 *
 * @param size height and width of the input
 * @param window height and width of the filter
 */
export function blocksOf(size: Pair, window: Pair, rates: Pair, padding: 'SAME' | 'VALID'): Blocks {
  const axes = [0, 1].map((axis) => {
    const total = padding === 'SAME' ? (window[axis]! - 1) * rates[axis]! : 0;
    const before = Math.floor(total / 2);
    const rest = (size[axis]! + total) % rates[axis]!;
    const extra = rest === 0 ? 0 : rates[axis]! - rest;
    return { pad: [before, total - before + extra] as Pair, crop: [0, extra] as Pair };
  });
  return {
    rates,
    pads: axes.map(({ pad }) => pad) as [Pair, Pair],
    crops: axes.map(({ crop }) => crop) as [Pair, Pair],
  };
}

/** The input, padded and dealt out. */
export function inputToBlocks(x: Tensor, { rates, pads }: Blocks): Tensor {
  return tf.spaceToBatchND(x as Tensor4D, rates, pads);
}

/** The shape of what `inputToBlocks` gives. */
export function blockShape(shape: readonly number[], { rates, pads }: Blocks): number[] {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const [rows, columns] = [height, width].map(
    (size, axis) => (size + pads[axis]![0] + pads[axis]![1]) / rates[axis]!,
  );
  return [batch * rates[0] * rates[1], rows!, columns!, channels];
}

/** The inverse of `inputToBlocks`; what was padded is dropped. */
export function inputFromBlocks(x: Tensor, { rates, pads }: Blocks): Tensor {
  return tf.batchToSpaceND(x as Tensor4D, rates, pads);
}

/** A result, or a gradient by it, dealt out. */
export function outputToBlocks(y: Tensor, { rates, crops }: Blocks): Tensor {
  return tf.spaceToBatchND(y as Tensor4D, rates, crops);
}

/** The inverse of `outputToBlocks`. */
export function outputFromBlocks(y: Tensor, { rates, crops }: Blocks): Tensor {
  return tf.batchToSpaceND(y as Tensor4D, rates, crops);
}
