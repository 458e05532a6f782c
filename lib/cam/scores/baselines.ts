import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, getSeed, Random, tf } from '../../runtime';
import { oneMap } from '../scale';
import { imputeLinear } from './impute';

/**
 * What replaces removed pixels:
 *
 * - `black`: zeros
 * - `mean`: the image's own mean colour
 * - `blur`: the image blurred by a Gaussian of a tenth of its width
 * - `noisy-linear`: noisy linear imputation from the pixels that stay (ROAD, Rong et al., 2022,
 *   arXiv:2202.00449)
 * - `photo`: the image without its foreground, given as `photos`
 */
export const faithfulnessBaselines = ['black', 'mean', 'blur', 'noisy-linear', 'photo'] as const;

export type FaithfulnessBaseline = (typeof faithfulnessBaselines)[number];

export interface BaselineOptions {
  /** What replaces removed pixels. Default `photo` where `photos` are given, else `blur`. */
  baseline?: FaithfulnessBaseline;
  /**
   * The images without their foreground, `[n, height, width, channels]`, in the images' units,
   * such as `withoutForeground` gives them. Images beyond those scored are ignored.
   */
  photos?: Float32Array;
  /** Noisy linear imputation: standard deviation of the noise. Default 0.01, as in ROAD. */
  noise?: number;
  /** Seed of that noise. Default: that of `setSeed`. */
  seed?: number;
}

/** Images of which only some pixels stay; each is a new array `[height × width × channels]`. */
export interface Remover {
  /** `kept`: 1 for the pixels that stay, `[height × width]`. */
  keep(image: number, kept: Uint8Array): Float32Array;
  /** `map · image + (1 - map) · baseline`, map 0…1. */
  blend(image: number, map: Float32Array): Float32Array;
}

/** The baseline's name, checked with its options; before any map is computed. */
export function checkedBaseline(
  options: BaselineOptions,
  shape: readonly number[],
  count = shape[0]!,
): FaithfulnessBaseline {
  const name = options.baseline ?? (options.photos ? 'photo' : 'blur');
  if (!faithfulnessBaselines.includes(name)) {
    throw new GradbookError(
      `unknown baseline: ${name}. Take one of: ${faithfulnessBaselines.join(', ')}`,
      'unknown-baseline',
    );
  }
  const needed = shape.slice(1).reduce((product, side) => product * side, count);
  const given = options.photos?.length ?? 0;
  if (name === 'photo' && given < needed) {
    throw new GradbookError(
      `photos with ${given} values for ${count} images of shape [${shape.slice(1).join(', ')}]: give one photo per image, such as withoutForeground(set), or another baseline`,
      'bad-shape',
    );
  }
  return name;
}

/** Makes the function that removes pixels from `images`. */
export function removerOf(
  images: Tensor4D,
  values: Float32Array,
  options: BaselineOptions,
): Remover {
  const name = checkedBaseline(options, images.shape);
  const [, height, width, channels] = images.shape;
  const pixels = height * width;
  const size = { height, width, channels };
  const pictureOf = (image: number) => oneMap(values, pixels * channels, image);
  if (name === 'noisy-linear') {
    const { noise = 0.01 } = options;
    const random = new Random(options.seed ?? getSeed());
    const keep = (image: number, kept: Uint8Array) => {
      const picture = pictureOf(image);
      if (!kept.includes(1)) return meanColours(picture, channels);
      const filled = imputeLinear(picture, kept, size);
      for (let i = 0; i < filled.length; i++) {
        if (!kept[Math.floor(i / channels)]) filled[i]! += noise * random.normal();
      }
      return filled;
    };
    return {
      keep,
      blend(image, map) {
        // A soft map has no edge: the baseline is computed from the pixels above half of its
        // maximum.
        const half = map.reduce((most, value) => Math.max(most, value), 0) / 2;
        const filled = keep(
          image,
          Uint8Array.from(map, (value) => (value > 0 && value >= half ? 1 : 0)),
        );
        return mixed(pictureOf(image), filled, map, channels);
      },
    };
  }
  const whole = constantBaseline(name, images, values, options.photos);
  const baselineOf = (image: number) => oneMap(whole, pixels * channels, image);
  return {
    keep: (image, kept) => mixed(pictureOf(image), baselineOf(image), kept, channels),
    blend: (image, map) => mixed(pictureOf(image), baselineOf(image), map, channels),
  };
}

/** `share · image + (1 - share) · other`, one share per pixel; exact where the share is 0 or 1. */
function mixed(
  picture: Float32Array,
  other: Float32Array,
  share: Float32Array | Uint8Array,
  channels: number,
): Float32Array {
  const result = new Float32Array(picture.length);
  for (let pixel = 0, i = 0; pixel < share.length; pixel++) {
    const part = share[pixel]!;
    for (let c = 0; c < channels; c++, i++) {
      result[i] = part * picture[i]! + (1 - part) * other[i]!;
    }
  }
  return result;
}

function constantBaseline(
  name: Exclude<FaithfulnessBaseline, 'noisy-linear'>,
  images: Tensor4D,
  values: Float32Array,
  photos: Float32Array | undefined,
): Float32Array {
  if (name === 'blur') return blur(images);
  if (name === 'photo') return photos!;
  const whole = new Float32Array(values.length);
  if (name === 'black') return whole;
  const [count, height, width, channels] = images.shape;
  const length = height * width * channels;
  for (let image = 0; image < count; image++) {
    whole.set(meanColours(oneMap(values, length, image), channels), image * length);
  }
  return whole;
}

/** An image of one colour, the mean of another's. */
function meanColours(picture: Float32Array, channels: number): Float32Array {
  const sums = new Float64Array(channels);
  picture.forEach((value, i) => {
    sums[i % channels]! += value;
  });
  const pixels = picture.length / channels;
  return Float32Array.from(picture, (_, i) => sums[i % channels]! / pixels);
}

/** Images blurred by a Gaussian of a tenth of their width. */
function blur(images: Tensor4D): Float32Array {
  return tf.tidy(() => {
    const channels = images.shape[3];
    const deviation = images.shape[2] / 10;
    const radius = Math.ceil(2 * deviation);
    const line = tf
      .range(-radius, radius + 1)
      .square()
      .div(-2 * deviation * deviation)
      .exp();
    const kernel = (shape: [number, number, number, number]) =>
      tf.tile(line.div(line.sum()).reshape(shape), [1, 1, channels, 1]) as Tensor4D;
    const vertical = kernel([2 * radius + 1, 1, 1, 1]);
    const horizontal = kernel([1, 2 * radius + 1, 1, 1]);
    const weight = tf.onesLike(images);
    const smooth = (x: Tensor4D) =>
      tf.depthwiseConv2d(tf.depthwiseConv2d(x, vertical, 1, 'same'), horizontal, 1, 'same');
    // Divided by the blurred weight, so that the edges do not darken.
    return smooth(images).div(smooth(weight)).dataSync() as Float32Array;
  });
}
