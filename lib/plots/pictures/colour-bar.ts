import { type ColourMapName, mapColour } from '../colour-maps';
import type { Canvas, Colour } from './canvas';
import { textWidth } from './font';

/** A scale of colours with a word or number at each end. */
export function colourBar(
  canvas: Canvas,
  x: number,
  y: number,
  options: { map: ColourMapName; ends: readonly [string, string]; width: number; text: Colour },
): void {
  const { map, ends, width, text } = options;
  const start = x + textWidth(ends[0]) + 6;
  canvas.text(x, y, ends[0], text);
  for (let i = 0; i < width; i++) canvas.fill(start + i, y, 1, 12, mapColour(map, i / (width - 1)));
  canvas.text(start + width + 6, y, ends[1], text);
}
