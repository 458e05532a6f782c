import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import { explain } from './explain';
import type { ExplainOptions } from './options';
import { imputeLinear } from './scores/impute';
import { type Localization, meanLocalization } from './scores/localization';

/** Images with masks and classes, as `lib/data` gives them. */
export interface MaskedImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** `[count, height, width, 3]`, 0 to 255. */
  readonly images: Uint8Array;
  /** `[count, height, width]`, 1 where the sprite is. */
  readonly masks: Uint8Array | null;
  readonly primary: Uint8Array;
}

/** What happened when the sprites were moved by `shift` pixels. */
export interface ShiftRow extends Localization {
  /** How far the sprites moved down and to the right, in pixels. */
  shift: [number, number];
  /** Images whose sprite still lies inside after this shift and all others. */
  images: number;
  accuracy: number;
  /** Part of the images that are still given the class they were given without a shift. */
  agreement: number;
}

/**
 * Moves only the sprites and measures whether the network still classifies them and the map still
 * locates them: a test of the translation invariance of a layer. The hole that a sprite leaves is
 * filled from its surroundings (`imputeLinear`).
 *
 * @param source images with masks; those whose sprite would leave the image at any shift are left out
 * @param shifts `[down, right]` in pixels
 * @param options as for `explain`; the class explained is the true one
 * @returns one row per shift, the unshifted first
 * @throws RangeError when there are no masks, or no sprite stays inside
 */
export function shiftTest(
  model: LayersModel,
  source: MaskedImages,
  shifts: readonly (readonly [number, number])[],
  options: ExplainOptions = {},
): ShiftRow[] {
  const { masks } = source;
  if (!masks)
    throw new RangeError('the images have no masks: a sprite cannot be moved without one');
  const rows = stayingInside(source, masks, shifts);
  if (rows.length === 0) {
    throw new RangeError(
      `no sprite stays inside at all ${shifts.length} shifts: give smaller ones`,
    );
  }
  const backgrounds = rows.map((row) => background(source, masks, row));
  const targets = rows.map((row) => source.primary[row]!);
  const size = source.height * source.width;
  let first: number[] | undefined;
  return [[0, 0] as const, ...shifts].map(([down, right]) => {
    const moved = new Float32Array(rows.length * size * 3);
    const movedMasks = new Uint8Array(rows.length * size);
    rows.forEach((row, i) => {
      moved.set(backgrounds[i]!, i * size * 3);
      paste(source, masks, row, down * source.width + right, i * size, moved, movedMasks);
    });
    const shape: [number, number, number, number] = [rows.length, source.height, source.width, 3];
    const images = tf.tensor(moved, shape) as Tensor4D;
    try {
      const found = explain(model, images, { ...options, targets });
      const classes = found.logits.length / rows.length;
      const predicted = rows.map((_, i) => {
        const logits = found.logits.subarray(i * classes, (i + 1) * classes);
        return logits.indexOf(Math.max(...logits));
      });
      first ??= predicted;
      const before = first;
      return {
        shift: [down, right],
        images: rows.length,
        accuracy: share(predicted, (value, i) => value === targets[i]),
        agreement: share(predicted, (value, i) => value === before[i]),
        ...meanLocalization(found.maps, movedMasks, rows.length),
      };
    } finally {
      images.dispose();
    }
  });
}

function share(values: readonly number[], holds: (value: number, i: number) => boolean): number {
  return values.filter(holds).length / values.length;
}

function stayingInside(
  { count, height, width }: MaskedImages,
  masks: Uint8Array,
  shifts: readonly (readonly [number, number])[],
): number[] {
  return Array.from({ length: count }, (_, row) => row).filter((row) => {
    let [top, bottom, left, right] = [height, -1, width, -1];
    for (let pixel = 0; pixel < height * width; pixel++) {
      if (!masks[row * height * width + pixel]) continue;
      const y = Math.floor(pixel / width);
      const x = pixel % width;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
    return (
      bottom >= 0 &&
      shifts.every(
        ([dy, dx]) => top + dy >= 0 && bottom + dy < height && left + dx >= 0 && right + dx < width,
      )
    );
  });
}

function background(source: MaskedImages, masks: Uint8Array, row: number): Float32Array {
  const { height, width, images } = source;
  const size = height * width;
  const picture = Float32Array.from(
    images.subarray(row * size * 3, (row + 1) * size * 3),
    (v) => v / 255,
  );
  const known = masks.subarray(row * size, (row + 1) * size).map((value) => (value ? 0 : 1));
  return imputeLinear(picture, known, { height, width, channels: 3 });
}

function paste(
  { height, width, images }: MaskedImages,
  masks: Uint8Array,
  row: number,
  shift: number,
  start: number,
  moved: Float32Array,
  movedMasks: Uint8Array,
): void {
  const size = height * width;
  for (let pixel = 0; pixel < size; pixel++) {
    if (!masks[row * size + pixel]) continue;
    const to = start + pixel + shift;
    movedMasks[to] = 1;
    for (let c = 0; c < 3; c++) moved[to * 3 + c] = images[(row * size + pixel) * 3 + c]! / 255;
  }
}
