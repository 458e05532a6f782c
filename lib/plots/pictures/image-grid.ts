import type { Images, LabelledImages, Numbers, Picture } from '../types';
import { drawGrid, type GridOptions } from './grid';
import { classesOf, defaultScale, pictureCell, rowsToShow } from './images';

export interface ImageGridOptions extends GridOptions {
  /** Which images. Default the first `count`. */
  rows?: Numbers;
  /** How many images, when `rows` is not given. Default 12. */
  count?: number;
  /** The lines below an image. Default: its name and its classes, where there are any. */
  caption?: (row: number) => string | readonly string[];
}

/**
 * A grid of images with captions, enlarged without smoothing.
 *
 * @example
 * display(await imageGrid(sets.train, { count: 24 }));
 */
export async function imageGrid(
  source: Images | LabelledImages,
  options: ImageGridOptions = {},
): Promise<Picture> {
  const rows = rowsToShow(source, options.rows, options.count ?? 12);
  const scale = options.scale ?? defaultScale(source);
  const cells = rows.map((row) => ({
    ...pictureCell(source, row, scale),
    lines: [options.caption?.(row) ?? describe(source, row)].flat(),
  }));
  const size = { width: source.width * scale, height: source.height * scale };
  const alt = `${rows.length} images${options.title ? `: ${options.title}` : ''}`;
  return drawGrid(cells, size, options, alt);
}

function describe(source: Images | LabelledImages, row: number): string[] {
  if (!('classNames' in source)) return [];
  const name = source.names?.[row];
  return [...(name ? [name] : []), classesOf(source, row)];
}
