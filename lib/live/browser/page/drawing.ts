import { mapColour } from '../../../plots';

/** How much of the map's colour covers the image. */
const opacity = 0.6;

/** A thousand colours of inferno, as in the notebooks. */
const colours = Array.from({ length: 1001 }, (_, i) => mapColour('inferno', i / 1000));

/** Draws `[height, width, 3]` into a canvas, a pixel for a pixel. */
export function drawPicture(canvas: HTMLCanvasElement, pixels: Uint8Array): void {
  draw(canvas, (at) => [pixels[at * 3]!, pixels[at * 3 + 1]!, pixels[at * 3 + 2]!]);
}

/** Draws a map, 0…1, over an image. */
export function drawMap(canvas: HTMLCanvasElement, pixels: Uint8Array, map: Float32Array): void {
  draw(canvas, (at) => {
    const colour = colours[Math.round(Math.min(1, Math.max(0, map[at]!)) * 1000)]!;
    return mix(pixels, at, colour, opacity);
  });
}

/** Draws a mask over an image: what is no sprite goes dark. */
export function drawMask(canvas: HTMLCanvasElement, pixels: Uint8Array, mask: Float32Array): void {
  draw(canvas, (at) => mix(pixels, at, [20, 24, 60], 0.8 * (1 - mask[at]!)));
}

function mix(
  pixels: Uint8Array,
  at: number,
  colour: readonly number[],
  share: number,
): [number, number, number] {
  const channel = (c: number) => pixels[at * 3 + c]! * (1 - share) + colour[c]! * share;
  return [channel(0), channel(1), channel(2)];
}

function draw(
  canvas: HTMLCanvasElement,
  colourAt: (at: number) => readonly [number, number, number],
): void {
  const { width, height } = canvas;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, height);
  for (let at = 0; at < width * height; at++) image.data.set([...colourAt(at), 255], at * 4);
  context.putImageData(image, 0, 0);
}
