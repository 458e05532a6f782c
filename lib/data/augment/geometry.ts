import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, hasNativeOps, nativeOp, type Random, tf } from '../../runtime';
import {
  type Augmentation,
  areMasks,
  checkPictures,
  checkShare,
  generatorOf,
  rangeOf,
  type SeedOption,
  uniform,
} from './augmentation';

/** What lies outside of the image: its mirror image, its edge, itself again, or zeros. */
export type FillMode = 'reflect' | 'nearest' | 'wrap' | 'constant';

/** Where each place of the result lies in the image: `x' = a x + b y + c`, `y' = d x + e y + f`. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** As TensorFlow's `ImageProjectiveTransformV3`, whose matrices these are. */
function warp(
  images: Tensor4D,
  matrices: readonly Affine[],
  interpolation: 'bilinear' | 'nearest',
  fill: FillMode,
): Tensor {
  const [, height, width] = images.shape;
  return tf.tidy(() => {
    const transforms = tf.tensor2d(matrices.map((matrix) => [...matrix, 0, 0]));
    const given = tf.cast(images, 'float32');
    if (!hasNativeOps()) {
      // tfjs's own kernel is wrong for all but the first image of a batch.
      const one = (i: number) => {
        const [picture, matrix] = [given.slice([i], [1]), transforms.slice([i], [1])];
        return tf.image.transform(picture, matrix, interpolation, fill);
      };
      return tf.concat(
        matrices.map((_, i) => one(i)),
        0,
      );
    }
    return nativeOp(
      'ImageProjectiveTransformV3',
      [given, transforms, tf.tensor1d([height, width], 'int32'), tf.scalar(0)],
      {
        dtype: { dtype: 'float32' },
        interpolation: { string: interpolation.toUpperCase() },
        fill_mode: { string: fill.toUpperCase() },
      },
    )[0]!;
  });
}

/** Moves images, each by a matrix of its own, and masks along with them, to the nearest pixel. */
function moving(
  what: string,
  options: SeedOption & { fill?: FillMode },
  draw: (generator: Random, size: { width: number; height: number }) => Affine,
  interpolation: 'bilinear' | 'nearest' = 'bilinear',
): Augmentation {
  const generator = generatorOf(options);
  const { fill = 'reflect' } = options;
  return (x, y, _rows) => {
    const pictures = checkPictures(x, what);
    const [count, height, width] = pictures.shape;
    const matrices = Array.from({ length: count }, () => draw(generator(), { width, height }));
    const moved = warp(pictures, matrices, interpolation, fill);
    if (!areMasks(x, y)) return { x: moved, y: tf.clone(y) };
    const masks = tf.tidy(() => {
      const deep = (y.rank === 4 ? y : tf.expandDims(y, 3)) as Tensor4D;
      return tf.reshape(warp(deep, matrices, 'nearest', fill), y.shape);
    });
    return { x: moved, y: masks };
  };
}

export interface RandomFlipOptions extends SeedOption {
  /** Mirrors left and right. Default true. */
  horizontal?: boolean;
  /** Mirrors top and bottom. Default false. */
  vertical?: boolean;
  /** Of each of the two, for each image. Default 0.5. */
  probability?: number;
}

/**
 * Mirrors images at random, as Keras's `RandomFlip`; masks `[n, height, width(, channels)]` along.
 *
 * @throws GradbookError `bad-option`; when called, `bad-shape`
 */
export function randomFlip(options: RandomFlipOptions = {}): Augmentation {
  const { horizontal = true, vertical = false, probability = 0.5 } = options;
  checkShare(probability, 'probability');
  return moving(
    'randomFlip',
    options,
    (generator, { width, height }) => {
      const across = horizontal && generator.next() < probability;
      const down = vertical && generator.next() < probability;
      return [across ? -1 : 1, 0, across ? width - 1 : 0, 0, down ? -1 : 1, down ? height - 1 : 0];
    },
    'nearest',
  );
}

export interface RandomRotationOptions extends SeedOption {
  /** Greatest turn either way, or the lowest and the highest, in degrees against the clock. Default 15. */
  degrees?: number | readonly [number, number];
  /** Default `reflect`. */
  fill?: FillMode;
}

/**
 * Turns images about their middle at random, bilinearly, as Keras's `RandomRotation`; masks along,
 * to the nearest pixel.
 *
 * @throws GradbookError `bad-option`; when called, `bad-shape`
 */
export function randomRotation(options: RandomRotationOptions = {}): Augmentation {
  const range = rangeOf(options.degrees ?? 15, 'degrees');
  return moving('randomRotation', options, (generator, { width, height }) => {
    const angle = (uniform(generator, range) * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    return [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y];
  });
}

export interface RandomZoomOptions extends SeedOption {
  /** Lowest and highest factor; above 1 magnifies. Default [0.8, 1.25]. */
  scale?: readonly [number, number];
  /** Default `reflect`. */
  fill?: FillMode;
}

/**
 * Zooms images about their middle at random, bilinearly; masks along, to the nearest pixel. The
 * factor's logarithm is uniform.
 *
 * @throws GradbookError `bad-option`; when called, `bad-shape`
 */
export function randomZoom(options: RandomZoomOptions = {}): Augmentation {
  const scale = rangeOf(options.scale ?? [0.8, 1.25], 'scale');
  if (!(scale[0] > 0)) {
    throw new GradbookError(`scale ${scale[0]}: give factors above 0`, 'bad-option');
  }
  const logs = [Math.log(scale[0]), Math.log(scale[1])] as const;
  return moving('randomZoom', options, (generator, { width, height }) => {
    const part = 1 / Math.exp(uniform(generator, logs));
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    return [part, 0, x - part * x, 0, part, y - part * y];
  });
}
