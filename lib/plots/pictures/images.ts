import { GradbookError } from '../../runtime';
import type { Images, LabelledImages } from '../types';
import type { Canvas, Colour } from './canvas';

/** Number of images. */
export function imageCount(source: Images): number {
  return source.images.length / (source.height * source.width * (source.channels ?? 3));
}

/**
 * Gives the pixels of one image. Bytes are used unchanged, floats as 0 to 1; grey becomes RGB.
 *
 * @throws GradbookError `row-out-of-range`, or `bad-shape` when the number of values does not match
 *   the shape
 */
export function pixelsOf(source: Images, row: number): (column: number, line: number) => Colour {
  const { images, width, height, channels = 3 } = source;
  const count = checkedCount(source);
  if (!Number.isInteger(row) || row < 0 || row >= count) {
    throw new GradbookError(
      `image ${row} of ${count}: give a row from 0 to ${count - 1}`,
      'row-out-of-range',
    );
  }
  const floats = images instanceof Float32Array || images instanceof Float64Array;
  const factor = floats ? 255 : 1;
  const start = row * width * height * channels;
  return (column, line) => {
    const at = start + (line * width + column) * channels;
    const next = channels === 1 ? 0 : 1;
    return [images[at]! * factor, images[at + next]! * factor, images[at + 2 * next]! * factor];
  };
}

function checkedCount(source: Images): number {
  const count = imageCount(source);
  if (!Number.isInteger(count)) {
    throw new GradbookError(
      `${source.images.length} values are not a multiple of ${source.height}×${source.width}×${source.channels ?? 3} images: check height, width and channels`,
      'bad-shape',
    );
  }
  return count;
}

/** The scale that shows images at 128 pixels or slightly more. */
export function defaultScale(source: { width: number; height: number }): number {
  return Math.max(1, Math.ceil(128 / Math.max(source.width, source.height)));
}

/** The rows to show: the given ones, or the first `count`. */
export function rowsToShow(
  source: Images,
  rows: ArrayLike<number> | undefined,
  count: number,
): number[] {
  if (rows) return Array.from(rows);
  return Array.from({ length: Math.min(count, imageCount(source)) }, (_, i) => i);
}

/** A cell of a grid that shows one image. */
export function pictureCell(
  source: Images,
  row: number,
  scale: number,
): { draw: (canvas: Canvas, x: number, y: number) => void } {
  const pixels = pixelsOf(source, row);
  const size = { width: source.width, height: source.height, scale };
  return { draw: (canvas, x, y) => canvas.blocks(x, y, size, pixels) };
}

/** The names of an image's classes, joined by a dot: `Grass · Poison`. */
export function classesOf(source: LabelledImages, row: number): string {
  const { primary, secondary, classNames } = source;
  const second = secondary?.[row] ?? -1;
  const classes = [primary[row]!, ...(second >= 0 ? [second] : [])];
  return classes.map((index) => classNames[index] ?? `class ${index}`).join(' · ');
}
