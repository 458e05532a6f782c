import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';
import { apply, checkRate, checkWidths, convRelu } from './blocks';

export interface UnetOptions {
  /** Name of the network. Default `unet`. */
  name?: string;
  /** Shape of one image; sides divisible by 2 to the number of levels below the top. Default `[64, 64, 3]`. */
  inputShape?: readonly [number, number, number];
  /** Filters of each level, from the image's resolution downwards. Default `[16, 32, 64]`. */
  filters?: readonly number[];
  /** Convolutions in each level, in both paths. Default 1. */
  convolutions?: number;
  /** Batch norm after every kernel but the last. Default true. */
  batchNorm?: boolean;
  /** Momentum of batch norm's moving statistics. Default 0.99. */
  momentum?: number;
  /** Weight of the L2 penalty on kernels. Default 0. */
  l2?: number;
}

/**
 * A U-Net (Ronneberger, Fischer and Brox, 2015) that segments the sprite: the contracting path
 * halves the image, the expanding path doubles it and is concatenated with each level's features.
 *
 * @returns a network from `[n, h, w, 3]` to `[n, h, w, 1]`, the probability of each pixel
 * @throws GradbookError `bad-option` when the sides cannot be halved often enough
 */
export function unet(options: UnetOptions = {}): LayersModel {
  const { name = 'unet', inputShape = [64, 64, 3], filters = [16, 32, 64] } = options;
  const { convolutions = 1, batchNorm = true, momentum = 0.99, l2 = 0 } = options;
  checkWidths('filters', filters);
  checkWidths('convolutions', [convolutions]);
  checkRate('l2', l2, Number.POSITIVE_INFINITY);
  const divisor = 2 ** (filters.length - 1);
  if (inputShape[0] % divisor !== 0 || inputShape[1] % divisor !== 0) {
    throw new GradbookError(
      `inputShape ${inputShape.join('×')}: ${filters.length} levels need sides divisible by ${divisor}`,
      'bad-option',
    );
  }
  const level = (input: SymbolicTensor, path: string, width: number) => {
    let x = input;
    for (let i = 0; i < convolutions; i++) {
      const suffix = convolutions > 1 ? String.fromCharCode(97 + i) : '';
      x = convRelu(x, `${path}${suffix}`, width, { batchNorm, momentum, l2 });
    }
    return x;
  };

  const input = tf.input({ shape: [...inputShape], name: 'image' });
  const details: SymbolicTensor[] = [];
  let x: SymbolicTensor = input;
  filters.forEach((width, depth) => {
    if (depth > 0) {
      details.push(x);
      x = apply(tf.layers.maxPooling2d({ name: `down_${depth}_pool`, poolSize: 2 }), x);
    }
    x = level(x, `down_${depth + 1}`, width);
  });
  for (let depth = filters.length - 1; depth > 0; depth--) {
    x = apply(tf.layers.upSampling2d({ name: `up_${depth}_upsample`, size: [2, 2] }), x);
    const joined = tf.layers.concatenate({ name: `up_${depth}_concat` });
    x = joined.apply([x, details.pop()!]) as SymbolicTensor;
    x = level(x, `up_${depth}`, filters[depth - 1]!);
  }
  const output = tf.layers.conv2d({
    name: 'mask',
    filters: 1,
    kernelSize: 1,
    activation: 'sigmoid',
  });
  return tf.model({ inputs: input, outputs: apply(output, x), name });
}
