import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, nativeOp, type Random, tf } from '../../runtime';
import {
  type Augmentation,
  checkPictures,
  generatorOf,
  type SeedOption,
  uniform,
} from './augmentation';

export interface ColorJitterOptions extends SeedOption {
  /** Factors from `1 - brightness` to `1 + brightness`. Default 0.4. */
  brightness?: number;
  /** The same, about the mean grey of the image. Default 0.4. */
  contrast?: number;
  /** The same, about the grey of each pixel; of images with three channels. Default 0.4. */
  saturation?: number;
  /** Greatest turn of the hue either way, as a share of the circle, to 0.5. Default 0: none. */
  hue?: number;
  /** Lowest and highest value of the images, such as [-1, 1] for MobileNet. Default [0, 1]. */
  range?: readonly [number, number];
}

// ITU-R BT.601, as PIL and torchvision have it.
const greyOf = [0.299, 0.587, 0.114];

function grey(x: Tensor): Tensor {
  return x.shape[3] === 3 ? tf.sum(tf.mul(x, greyOf), 3, true) : x;
}

/** `factor` of x and the rest of `other`, within 0 and 1. */
function blend(x: Tensor, other: Tensor | number, factor: Tensor): Tensor {
  const rest = tf.mul(tf.sub(1, factor), other);
  return tf.clipByValue(tf.add(tf.mul(x, factor), rest), 0, 1);
}

/** Turns hues, each image's by its own share of the circle. */
function turnHue(x: Tensor, shares: Tensor): Tensor {
  const float = { T: { dtype: 'float32' } } as const;
  const [hue, saturation, value] = tf.split(nativeOp('RGBToHSV', [x], float)[0] as Tensor4D, 3, 3);
  const turned = tf.mod(tf.add(hue!, shares), 1);
  return nativeOp('HSVToRGB', [tf.concat([turned, saturation!, value!], 3)], float)[0]!;
}

/**
 * Changes brightness, contrast, saturation and hue of each image at random, in this order, as
 * torchvision's `ColorJitter` does each of them. Targets stay.
 *
 * @throws GradbookError `bad-option`; when called, `bad-shape` for other than one or three channels
 */
export function colorJitter(options: ColorJitterOptions = {}): Augmentation {
  const { brightness = 0.4, contrast = 0.4, saturation = 0.4, hue = 0, range = [0, 1] } = options;
  for (const [name, value] of Object.entries({ brightness, contrast, saturation })) {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new GradbookError(`${name} ${value}: give a number of at least 0`, 'bad-option');
    }
  }
  if (!(hue >= 0 && hue <= 0.5)) {
    throw new GradbookError(`hue ${hue}: give a number from 0 to 0.5`, 'bad-option');
  }
  if (!(range[0] < range[1])) {
    throw new GradbookError(`range ${range}: give the lowest and the highest value`, 'bad-option');
  }
  const generator = generatorOf(options);
  const draw = (count: number, from: number, to: number, source: Random) =>
    tf.tensor4d(
      Array.from({ length: count }, () => uniform(source, [from, to])),
      [count, 1, 1, 1],
    );
  return (x, y, _rows) => {
    const pictures = checkPictures(x, 'colorJitter');
    const [count, , , channels] = pictures.shape;
    if (channels !== 1 && channels !== 3) {
      throw new GradbookError(
        `colorJitter of ${channels} channels: give images with one or three`,
        'bad-shape',
      );
    }
    const changed = tf.tidy(() => {
      const factors = (most: number) => draw(count, Math.max(0, 1 - most), 1 + most, generator());
      let z: Tensor = tf.div(tf.sub(pictures, range[0]), range[1] - range[0]);
      if (brightness > 0) z = blend(z, 0, factors(brightness));
      if (contrast > 0) z = blend(z, tf.mean(grey(z), [1, 2, 3], true), factors(contrast));
      if (saturation > 0 && channels === 3) z = blend(z, grey(z), factors(saturation));
      if (hue > 0 && channels === 3) z = turnHue(z, draw(count, -hue, hue, generator()));
      return tf.add(tf.mul(z, range[1] - range[0]), range[0]);
    });
    return { x: changed, y: tf.clone(y) };
  };
}
