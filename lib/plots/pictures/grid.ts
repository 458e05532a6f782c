import { inkOf } from '../theme';
import type { Picture, Theme } from '../types';
import { Canvas, type Colour, colourOf } from './canvas';
import { fitText, glyphHeight } from './font';

/** Options that every grid of images takes. */
export interface GridOptions {
  /** Above the grid. Default none. */
  title?: string;
  /** Images in a row. Default: as many as fit in 880 pixels. */
  columns?: number;
  /** Screen pixels for a pixel of the images, an integer. Default: at least 128 pixels per image. */
  scale?: number;
  /** As for figures: `auto` is transparent, with grey captions. Default `auto`. */
  theme?: Theme;
}

/** One cell of a grid: a drawing with lines of text below. */
export interface Cell {
  draw(canvas: Canvas, x: number, y: number): void;
  lines?: readonly (string | Line)[];
  frame?: { colour: string; dash: number };
}

/** A coloured line of a caption. */
export interface Line {
  text: string;
  colour?: string;
}

const widest = 880;
const gap = 12;
const edge = 4;

/** Lays cells of one size out in rows, with their captions, and encodes the whole as PNG. */
export async function drawGrid(
  cells: readonly Cell[],
  size: { width: number; height: number },
  options: GridOptions,
  alt: string,
): Promise<Picture> {
  const ink = inkOf(options.theme);
  const fits = Math.max(1, Math.floor((widest + gap - 2 * edge) / (size.width + gap)));
  const columns = Math.max(1, Math.min(options.columns ?? fits, cells.length));
  const lines = Math.max(0, ...cells.map((cell) => cell.lines?.length ?? 0));
  const pitch = {
    x: size.width + gap,
    y: size.height + gap + lines * glyphHeight + (lines ? 4 : 0),
  };
  const top = edge + (options.title ? glyphHeight + 8 : 0);
  const rows = Math.ceil(cells.length / columns);
  const canvas = new Canvas(
    2 * edge + columns * pitch.x - gap,
    top + edge + Math.max(1, rows * pitch.y - gap),
    ink.background,
  );
  const text = colourOf(ink.text);
  if (options.title) canvas.text(edge, edge, fitText(options.title, canvas.width - 2 * edge), text);
  cells.forEach((cell, index) => {
    const x = edge + (index % columns) * pitch.x;
    const y = top + Math.floor(index / columns) * pitch.y;
    cell.draw(canvas, x, y);
    if (cell.frame) {
      const { colour, dash } = cell.frame;
      canvas.frame(x - 3, y - 3, size.width + 6, size.height + 6, colourOf(colour), 3, dash);
    }
    caption(canvas, cell, { x, y: y + size.height + 4, width: size.width }, text);
  });
  return canvas.toPicture(alt);
}

function caption(
  canvas: Canvas,
  cell: Cell,
  place: { x: number; y: number; width: number },
  text: Colour,
): void {
  (cell.lines ?? []).forEach((line, row) => {
    const { text: words, colour } =
      typeof line === 'string' ? { text: line, colour: undefined } : line;
    const fitted = fitText(words, place.width + gap - 2);
    canvas.text(place.x, place.y + row * glyphHeight, fitted, colour ? colourOf(colour) : text);
  });
}
