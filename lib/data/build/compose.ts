import { GradbookError, Random } from '../../runtime';
import type { Picture } from '../pictures';
import type { Sprite } from './icons';

/** The images of a data set before they are written. */
export interface Composed {
  /** `[count, size, size, 3]`. */
  images: Uint8Array;
  /** `[count, size, size]`, 0 or 1. */
  masks: Uint8Array;
  /** Index of the form in each image. */
  forms: Int32Array;
}

/** Input of `compose`. */
export interface ComposeOptions {
  seed: number;
  count: number;
  /** Side of an image in pixels. */
  size: number;
  /** One sprite per form. */
  sprites: readonly Sprite[];
  photos: readonly Picture[];
  /** Photos of the last `testCount` images. Default: the same photos. */
  testPhotos?: readonly Picture[];
  /** Number of images at the end that are the test set. Default 0. */
  testCount?: number;
}

/**
 * Draws the images. For each, in this order: form, photo, left and top of the crop, top and left
 * of the sprite; so the first images of a larger set are those of a smaller one, up to its test set.
 *
 * @throws GradbookError `bad-size` where a sprite does not fit
 */
export function compose(options: ComposeOptions): Composed {
  const { seed, count, size, sprites, photos, testPhotos = photos, testCount = 0 } = options;
  const largest = Math.max(...sprites.flatMap(({ width, height }) => [width, height]));
  if (size <= largest) {
    throw new GradbookError(
      `size ${size}: the largest sprite has ${largest} pixels, so give at least ${largest + 1}`,
      'bad-size',
    );
  }
  const random = new Random(seed);
  const pixels = size * size;
  const composed: Composed = {
    images: new Uint8Array(count * pixels * 3),
    masks: new Uint8Array(count * pixels),
    forms: new Int32Array(count),
  };
  for (let i = 0; i < count; i++) {
    const image = composed.images.subarray(i * pixels * 3, (i + 1) * pixels * 3);
    const mask = composed.masks.subarray(i * pixels, (i + 1) * pixels);
    const form = random.integer(0, sprites.length);
    composed.forms[i] = form;
    const pool = i < count - testCount ? photos : testPhotos;
    const photo = pool[random.integer(0, pool.length)]!;
    const x = random.integer(0, photo.width - size + 1);
    const y = random.integer(0, photo.height - size + 1);
    cutPhoto(photo, x, y, size, image);
    const sprite = sprites[form]!;
    const top = random.integer(0, size - sprite.height);
    const left = random.integer(0, size - sprite.width);
    pasteSprite(sprite, left, top, size, image, mask);
  }
  return composed;
}

function cutPhoto(photo: Picture, x: number, y: number, size: number, image: Uint8Array): void {
  for (let row = 0; row < size; row++) {
    const from = ((y + row) * photo.width + x) * 3;
    image.set(photo.rgb.subarray(from, from + size * 3), row * size * 3);
  }
}

function pasteSprite(
  { width, height, rgba }: Sprite,
  left: number,
  top: number,
  size: number,
  image: Uint8Array,
  mask: Uint8Array,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      if (rgba[from + 3] === 0) continue;
      const pixel = (top + y) * size + left + x;
      image.set(rgba.subarray(from, from + 3), pixel * 3);
      mask[pixel] = 1;
    }
  }
}
