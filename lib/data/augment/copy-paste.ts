import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, Random, random, tf } from '../../runtime';
import type { ImageSet } from '../types';

export interface CopyPasteOptions {
  /** Fraction of the images that are composed, in [0, 1]; the others stay as they are. Default 1. */
  probability?: number;
  /** Largest relative change of the background's brightness, in [0, 1). Default 0.2. */
  brightness?: number;
}

/** A foreground cut out of its image: `[height, width]` pixels, row-major. */
interface Cutout {
  height: number;
  width: number;
  /** Position of each foreground pixel in the cutout. */
  places: Int32Array;
  /** RGB bytes of those pixels. */
  rgb: Uint8Array;
}

/**
 * For `train`'s `augment`: copy-paste augmentation (Ghiasi et al., "Simple Copy-Paste is a Strong
 * Data Augmentation Method", 2021). The foreground of each image, given by its mask, is pasted
 * unscaled at a uniformly random place on the background of another image of the set. Where that
 * background's own foreground was, it is filled with the same image mirrored; the whole background
 * is mirrored and brightened at random. The labels stay those of the foreground.
 *
 * @param set the training images, in the same order, with masks
 * @returns a function of a batch and its rows in `set`; the composed batch, float32
 *   `[n, height, width, 3]` from 0 to 1, belongs to the caller
 * @throws GradbookError `no-masks` for a set without masks, `bad-option` for options out of range
 */
export function copyPaste(set: ImageSet, options: CopyPasteOptions = {}) {
  const compose = composer(set, options);
  return (batch: Tensor, rows: Int32Array): Tensor =>
    tf.tensor(compose(rows, random()), batch.shape, 'float32');
}

/**
 * A set with composed copies appended to its images, made once, so that a frozen network's features
 * of them can be computed once too. See `copyPaste`. The masks move along.
 *
 * @param options.copies copies of each image. Default 1
 * @param options.seed default: the process's generator, which follows `setSeed`
 * @throws GradbookError as `copyPaste`
 */
export function copyPasteSet(
  set: ImageSet,
  options: CopyPasteOptions & { copies?: number; seed?: number } = {},
): ImageSet {
  const { copies = 1, seed } = options;
  if (!(Number.isInteger(copies) && copies >= 0)) {
    throw new GradbookError(
      `${copies} copies of copyPasteSet: give an integer from 0`,
      'bad-option',
    );
  }
  const generator = seed === undefined ? random() : new Random(seed);
  const compose = composer(set, options);
  const size = set.images.length / set.count;
  const images = new Uint8Array((copies + 1) * set.images.length);
  images.set(set.images);
  const pixels = set.height * set.width;
  const masks = new Uint8Array((copies + 1) * set.count * pixels);
  if (set.masks) masks.set(set.masks);
  for (let row = set.count; row < (copies + 1) * set.count; row++) {
    const mask = masks.subarray(row * pixels, (row + 1) * pixels);
    const values = compose(Int32Array.of(row % set.count), generator, mask);
    images.set(
      values.map((value) => Math.round(value * 255)),
      row * size,
    );
  }
  const order = Array.from({ length: (copies + 1) * set.count }, (_, row) => row % set.count);
  return {
    ...set,
    count: order.length,
    images,
    masks,
    names: order.map((row) => set.names[row]!),
    primary: Uint8Array.from(order, (row) => set.primary[row]!),
    secondary: Int8Array.from(order, (row) => set.secondary[row]!),
    rows: Int32Array.from(order, (row) => set.rows[row]!),
  };
}

/** Makes the function that composes images, values from 0 to 1, from rows of the set. */
function composer(set: ImageSet, { probability = 1, brightness = 0.2 }: CopyPasteOptions) {
  if (!(probability >= 0 && probability <= 1)) {
    throw new GradbookError(`probability ${probability} of copyPaste: give 0 to 1`, 'bad-option');
  }
  if (!(brightness >= 0 && brightness < 1)) {
    throw new GradbookError(
      `brightness ${brightness} of copyPaste: give 0 or more, below 1`,
      'bad-option',
    );
  }
  const { masks, images, count, height, width } = set;
  if (!masks) {
    throw new GradbookError('copyPaste needs masks, and this set of images has none', 'no-masks');
  }
  const pixels = height * width;
  const imageOf = (row: number) => images.subarray(row * pixels * 3, (row + 1) * pixels * 3);
  const maskOf = (row: number) => masks.subarray(row * pixels, (row + 1) * pixels);
  const cutouts = Array.from({ length: count }, (_, row) =>
    cutOut(imageOf(row), maskOf(row), width),
  );
  /** @param composed where the masks of the rows are written to, zero before */
  return (rows: Int32Array, generator: Random, composed?: Uint8Array): Float32Array => {
    const values = new Float32Array(rows.length * pixels * 3);
    rows.forEach((row, i) => {
      const target = values.subarray(i * pixels * 3, (i + 1) * pixels * 3);
      const mask = composed?.subarray(i * pixels, (i + 1) * pixels);
      if (generator.next() >= probability) {
        imageOf(row).forEach((value, at) => {
          target[at] = value / 255;
        });
        mask?.set(maskOf(row));
        return;
      }
      const other = generator.integer(0, count);
      const background = { image: imageOf(other), mask: maskOf(other), height, width };
      drawBackground(background, target, brightness, generator, mask);
      paste(cutouts[row]!, target, height, width, generator, mask);
    });
    return values;
  };
}

/** Cuts the smallest rectangle around a foreground; one without pixels where the mask is empty. */
function cutOut(image: Uint8Array, mask: Uint8Array, width: number): Cutout {
  const found = Array.from(mask.keys()).filter((at) => mask[at]);
  const rows = found.map((at) => Math.floor(at / width));
  const columns = found.map((at) => at % width);
  const top = Math.min(...rows);
  const left = Math.min(...columns);
  const size = found.length > 0 ? Math.max(...columns) - left + 1 : 0;
  return {
    height: found.length > 0 ? Math.max(...rows) - top + 1 : 0,
    width: size,
    places: Int32Array.from(found, (_, i) => (rows[i]! - top) * size + columns[i]! - left),
    rgb: Uint8Array.from(found.flatMap((at) => [...image.subarray(at * 3, at * 3 + 3)])),
  };
}

interface Masked {
  image: Uint8Array;
  mask: Uint8Array;
  height: number;
  width: number;
}

/** Draws an image without its foreground, mirrored and brightened at random, as values from 0 to 1. */
function drawBackground(
  { image, mask, height, width }: Masked,
  target: Float32Array,
  brightness: number,
  generator: Random,
  composed?: Uint8Array,
): void {
  const mirrors = [
    (y: number, x: number) => y * width + width - 1 - x,
    (y: number, x: number) => (height - 1 - y) * width + x,
    (y: number, x: number) => (height - 1 - y) * width + width - 1 - x,
  ];
  const flip = generator.next() < 0.5;
  const gain = (1 + brightness * (2 * generator.next() - 1)) / 255;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let from = y * width + x;
      if (mask[from]) {
        // The first mirror image that is background there; the foreground itself where none is.
        from = mirrors.map((mirror) => mirror(y, x)).find((at) => !mask[at]) ?? from;
      }
      const place = y * width + (flip ? width - 1 - x : x);
      if (composed && mask[from]) composed[place] = 1;
      const to = place * 3;
      for (let channel = 0; channel < 3; channel++) {
        target[to + channel] = Math.min(1, image[from * 3 + channel]! * gain);
      }
    }
  }
}

/** Pastes a foreground at a random place where it lies inside the image. */
function paste(
  { height, width, places, rgb }: Cutout,
  target: Float32Array,
  imageHeight: number,
  imageWidth: number,
  generator: Random,
  composed?: Uint8Array,
): void {
  const top = generator.integer(0, imageHeight - height + 1);
  const left = generator.integer(0, imageWidth - width + 1);
  places.forEach((place, i) => {
    const at = (top + Math.floor(place / width)) * imageWidth + left + (place % width);
    if (composed) composed[at] = 1;
    const to = at * 3;
    for (let channel = 0; channel < 3; channel++)
      target[to + channel] = rgb[i * 3 + channel]! / 255;
  });
}
