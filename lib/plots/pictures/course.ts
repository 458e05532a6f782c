import { GradbookError, inWorkspace, writeFileAtomic } from '../../runtime';
import type { Picture, Values } from '../types';

/** Images or masks with a shape: arrays of a data set, or what `predict` returns. */
export interface ScaledValues extends Values {
  /** What a value is multiplied by. Default 1; images in bytes have 1/255. */
  scale?: number;
  /** What is added after scaling. Default 0. */
  offset?: number;
}

/**
 * Writes images to a PNG file as the course's `images_to_pic` does: pixel for pixel, without
 * margins or captions, `width` images per row; the rest of the last row is black.
 *
 * @param file relative to the workspace, or absolute; folders are made as needed
 * @param images `[count, height, width, 3]` or 1 channel for grey, 0 to 1 after scaling; clipped,
 *   and rounded to the nearest of 256 levels
 * @param width images in a row. Default 10
 * @throws GradbookError `bad-shape`, or `bad-width` for a width that is not an integer above 0
 */
export async function imagesToPic(
  file: string,
  images: ScaledValues,
  width = 10,
): Promise<Picture> {
  const { channels } = sizeOf('images', images, [1, 3]);
  const value = unitValueOf(images);
  const colour = (at: number): Rgb => {
    const first = at * channels;
    return channels === 1
      ? [value(first), value(first), value(first)]
      : [value(first), value(first + 1), value(first + 2)];
  };
  return writeGrid(file, images, width, colour, 'images');
}

/**
 * Writes a comparison of two sets of masks to a PNG file as the course's `compare_masks` does: red
 * where only the first has the pixel, green where only the second has it, white where both have it,
 * black where none has it.
 *
 * @param file as in `imagesToPic`
 * @param a `[count, height, width, 1]`, binary or probabilities; 0.5 and above belongs to the mask
 * @param b the same shape
 * @param width masks in a row. Default 10
 * @throws GradbookError `bad-shape` or `bad-width`
 */
export async function compareMasks(
  file: string,
  a: ScaledValues,
  b: ScaledValues,
  width = 10,
): Promise<Picture> {
  sizeOf('the first masks', a, [1]);
  sizeOf('the second masks', b, [1]);
  sameSize('the first masks', a, 'the second masks', b);
  const [first, second] = [insideOf(a), insideOf(b)];
  const colour = (at: number): Rgb => {
    const [inFirst, inSecond] = [first(at), second(at)];
    return [Number(inFirst), Number(inSecond), Number(inFirst && inSecond)];
  };
  return writeGrid(file, a, width, colour, 'comparisons of two masks');
}

/**
 * Writes images with their masks to a PNG file as the course's `overlay_masks` does: inside the
 * mask an image is as it was; outside, red becomes (1 + red) / 2, green and blue a tenth.
 *
 * @param file as in `imagesToPic`
 * @param images `[count, height, width, 3]`, 0 to 1 after scaling
 * @param masks `[count, height, width, 1]`, binary or probabilities; 0.5 and above belongs to the
 *   mask
 * @param width images in a row. Default 10
 * @throws GradbookError `bad-shape` or `bad-width`
 */
export async function overlayMasks(
  file: string,
  images: ScaledValues,
  masks: ScaledValues,
  width = 10,
): Promise<Picture> {
  sizeOf('images', images, [3]);
  sizeOf('masks', masks, [1]);
  sameSize('images', images, 'masks', masks);
  const [value, inside] = [unitValueOf(images), insideOf(masks)];
  const colour = (at: number): Rgb => {
    const [red, green, blue] = [value(at * 3), value(at * 3 + 1), value(at * 3 + 2)];
    return inside(at) ? [red, green, blue] : [(1 + red) / 2, green / 10, blue / 10];
  };
  return writeGrid(file, images, width, colour, 'images with their masks');
}

/** 0 to 1 each. */
type Rgb = [red: number, green: number, blue: number];

function sizeOf(what: string, source: ScaledValues, allowed: readonly number[]) {
  const { shape, values } = source;
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  const total = shape.reduce((product, length) => product * length, 1);
  const fits = shape.length === 4 && count > 0 && total > 0 && allowed.includes(channels);
  if (!fits || values.length !== total) {
    throw new GradbookError(
      `${what} have shape (${shape.join(', ')}) and ${values.length} values: give (count, height, width, ${allowed.join(' or ')}), at least one image`,
      'bad-shape',
    );
  }
  return { count, height, width, channels };
}

function sameSize(what: string, a: ScaledValues, other: string, b: ScaledValues): void {
  if ([0, 1, 2].every((axis) => a.shape[axis] === b.shape[axis])) return;
  throw new GradbookError(
    `${what} have shape (${a.shape.join(', ')}) and ${other} (${b.shape.join(', ')}): give the same count, height and width`,
    'bad-shape',
  );
}

/** A value by its index, scaled and clipped to 0 to 1. */
function unitValueOf({ values, scale = 1, offset = 0 }: ScaledValues): (at: number) => number {
  return (at) => Math.min(1, Math.max(0, values[at]! * scale + offset));
}

function insideOf(masks: ScaledValues): (at: number) => boolean {
  const value = unitValueOf(masks);
  return (at) => value(at) >= 0.5;
}

/** `colour` is called with the index of a pixel, counted over all images. */
async function writeGrid(
  file: string,
  source: ScaledValues,
  columns: number,
  colour: (at: number) => Rgb,
  what: string,
): Promise<Picture> {
  if (!(Number.isInteger(columns) && columns > 0)) {
    throw new GradbookError(
      `width ${columns}: give the number of images in a row, an integer above 0`,
      'bad-width',
    );
  }
  const [count, height, width] = source.shape as [number, number, number];
  const total = {
    width: columns * width,
    height: Math.ceil(count / columns) * height,
  };
  const pixels = new Uint8Array(total.width * total.height * 3);
  for (let at = 0; at < count * height * width; at++) {
    const image = Math.floor(at / (height * width));
    const line = Math.floor(image / columns) * height + (Math.floor(at / width) % height);
    const column = (image % columns) * width + (at % width);
    const rgb = colour(at).map((part) => Math.round(part * 255));
    pixels.set(rgb, (line * total.width + column) * 3);
  }
  const { default: sharp } = await import('sharp');
  const png = await sharp(pixels, { raw: { ...total, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  writeFileAtomic(inWorkspace(file), png);
  return { png, ...total, alt: `${count} ${what}` };
}
