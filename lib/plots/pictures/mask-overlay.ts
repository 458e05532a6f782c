import { fixed } from '../numbers';
import { meaning, seriesColours } from '../theme';
import type { Images, Numbers, Picture } from '../types';
import { type Canvas, type Colour, colourOf } from './canvas';
import { drawGrid, type GridOptions } from './grid';
import { pictureCell, rowsToShow } from './images';

export interface MaskOverlayOptions extends GridOptions {
  /** Screen pixels for a pixel of the images. Default: at least 192 pixels per image. */
  scale?: number;
  /** Which images. Default the first `count`. */
  rows?: Numbers;
  /** How many images, when `rows` is not given. Default 8. */
  count?: number;
  /** Threshold from which a pixel belongs to the mask. Default 0.5. */
  threshold?: number;
  /** Lines below an image. Default none; in `segmentationOverlay` its IoU. */
  caption?: (row: number) => string | readonly string[];
}

const trueColour = colourOf(seriesColours[4]);
const predictedColour = colourOf(meaning.bad);

/**
 * Images with what is outside their mask greyed out and the mask's edge drawn.
 *
 * @param masks `[images, height, width]` (a last dimension of 1 is allowed), for all images
 */
export async function maskOverlay(
  source: Images,
  masks: Numbers,
  options: MaskOverlayOptions = {},
): Promise<Picture> {
  const cut = options.threshold ?? 0.5;
  return overlay(source, options, `images with their masks`, (canvas, x, y, row, scale) => {
    const inside = maskOf(source, masks, row, cut);
    for (let line = 0; line < source.height; line++) {
      for (let column = 0; column < source.width; column++) {
        if (inside(column, line)) continue;
        canvas.fill(x + column * scale, y + line * scale, scale, scale, [128, 128, 128], 0.7);
      }
    }
    outline(canvas, x, y, source, scale, inside, trueColour, 0);
  });
}

/**
 * Images with the outlines of two masks: the true one solid in blue, the predicted one dashed in
 * vermilion, and the IoU below.
 *
 * @param truth `[images, height, width]`, for all images
 * @param predicted the same shape, probabilities or binary
 */
export async function segmentationOverlay(
  source: Images,
  truth: Numbers,
  predicted: Numbers,
  options: MaskOverlayOptions = {},
): Promise<Picture> {
  const cut = options.threshold ?? 0.5;
  const caption = (row: number) =>
    `IoU ${fixed(overlap(source, maskOf(source, truth, row, 0.5), maskOf(source, predicted, row, cut)), 4)}`;
  const title = options.title ?? 'true outline: — blue   predicted outline: - - vermilion';
  const what = 'images with true and predicted outlines';
  return overlay(source, { caption, ...options, title }, what, (canvas, x, y, row, scale) => {
    outline(canvas, x, y, source, scale, maskOf(source, truth, row, 0.5), trueColour, 0);
    outline(canvas, x, y, source, scale, maskOf(source, predicted, row, cut), predictedColour, 4);
  });
}

async function overlay(
  source: Images,
  options: MaskOverlayOptions,
  what: string,
  draw: (canvas: Canvas, x: number, y: number, row: number, scale: number) => void,
): Promise<Picture> {
  const rows = rowsToShow(source, options.rows, options.count ?? 8);
  const scale =
    options.scale ?? Math.max(1, Math.ceil(192 / Math.max(source.width, source.height)));
  const cells = rows.map((row) => ({
    draw: (canvas: Canvas, x: number, y: number) => {
      pictureCell(source, row, scale).draw(canvas, x, y);
      draw(canvas, x, y, row, scale);
    },
    lines: [options.caption?.(row) ?? []].flat(),
  }));
  const size = { width: source.width * scale, height: source.height * scale };
  return drawGrid(cells, size, options, `${rows.length} ${what}`);
}

type Mask = (column: number, line: number) => boolean;

function maskOf(source: Images, masks: Numbers, row: number, threshold: number): Mask {
  const { width, height } = source;
  const start = row * width * height;
  return (column, line) =>
    column >= 0 &&
    line >= 0 &&
    column < width &&
    line < height &&
    masks[start + line * width + column]! >= threshold;
}

function overlap(size: Images, a: Mask, b: Mask): number {
  let both = 0;
  let either = 0;
  for (let line = 0; line < size.height; line++) {
    for (let column = 0; column < size.width; column++) {
      if (a(column, line) && b(column, line)) both++;
      if (a(column, line) || b(column, line)) either++;
    }
  }
  return either ? both / either : 1;
}

/** Draws a line of two screen pixels just outside the mask; dashed where `dash` is set. */
function outline(
  canvas: Canvas,
  x: number,
  y: number,
  size: Images,
  scale: number,
  inside: Mask,
  colour: Colour,
  dash: number,
): void {
  const thick = scale > 1 ? 2 : 1;
  for (let line = 0; line < size.height * scale; line++) {
    for (let column = 0; column < size.width * scale; column++) {
      if (dash && Math.floor((line + column) / dash) % 2) continue;
      const here = (dx: number, dy: number) =>
        inside(Math.floor((column + dx) / scale), Math.floor((line + dy) / scale));
      if (here(0, 0)) continue;
      const near = here(thick, 0) || here(-thick, 0) || here(0, thick) || here(0, -thick);
      if (near) canvas.set(x + column, y + line, colour);
    }
  }
}
