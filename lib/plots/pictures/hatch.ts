import type { Canvas, Colour } from './canvas';

/** Hatches a box: no value. */
export function hatch(
  canvas: Canvas,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Colour,
): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if ((row + column) % 8 < 2) canvas.set(x + column, y + row, colour);
    }
  }
  canvas.frame(x, y, width, height, colour);
}
