import type { Picture } from '../types';
import { eachTextPixel, textWidth } from './font';

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** Reads `#rrggbb`; what follows is ignored. */
export function colourOf(hex: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour;
}

/** A pixel canvas without anti-aliasing, initially transparent. */
export class Canvas {
  /** `[height, width, 4]`, RGBA. */
  readonly pixels: Uint8ClampedArray;

  /** @param background what everything is filled with; transparent when left out */
  constructor(
    readonly width: number,
    readonly height: number,
    background?: string | null,
  ) {
    this.pixels = new Uint8ClampedArray(width * height * 4);
    if (background) this.fill(0, 0, width, height, colourOf(background));
  }

  /** Sets one pixel; `alpha` from 0 to 1 mixes it with what is there. Outside the canvas: nothing. */
  set(x: number, y: number, colour: Colour, alpha = 1): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 4;
    const below = this.pixels[at + 3]! / 255;
    const sum = alpha + below * (1 - alpha);
    if (sum === 0) return;
    for (let c = 0; c < 3; c++) {
      const mixed = colour[c]! * alpha + this.pixels[at + c]! * below * (1 - alpha);
      this.pixels[at + c] = mixed / sum;
    }
    this.pixels[at + 3] = sum * 255;
  }

  fill(x: number, y: number, width: number, height: number, colour: Colour, alpha = 1): void {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) this.set(column, row, colour, alpha);
    }
  }

  /** A frame inside the box; `dash` is the length of its dashes and gaps in pixels, 0 for a solid line. */
  frame(
    x: number,
    y: number,
    width: number,
    height: number,
    colour: Colour,
    thick = 1,
    dash = 0,
  ): void {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const inside = Math.min(row, column, height - 1 - row, width - 1 - column);
        if (inside >= thick) continue;
        const along = Math.min(row, height - 1 - row) < thick ? column : row;
        if (dash && Math.floor(along / dash) % 2) continue;
        this.set(x + column, y + row, colour);
      }
    }
  }

  /** One line of text, its upper left corner at (x, y); `align` places it about x. */
  text(
    x: number,
    y: number,
    text: string,
    colour: Colour,
    align: 'left' | 'centre' | 'right' = 'left',
  ): void {
    const shift = { left: 0, centre: textWidth(text) / 2, right: textWidth(text) }[align];
    const left = Math.round(x - shift);
    eachTextPixel(text, (column, row) => this.set(left + column, y + row, colour));
  }

  /** Draws `pixelOf(column, row)` as squares of `scale` pixels: nearest neighbour, so edges stay sharp. */
  blocks(
    x: number,
    y: number,
    size: { width: number; height: number; scale: number },
    pixelOf: (column: number, row: number) => Colour,
    alpha = 1,
  ): void {
    for (let row = 0; row < size.height; row++) {
      for (let column = 0; column < size.width; column++) {
        const { scale } = size;
        this.fill(x + column * scale, y + row * scale, scale, scale, pixelOf(column, row), alpha);
      }
    }
  }

  /** Encodes the canvas as PNG. Loads sharp on first use. */
  async toPicture(alt: string): Promise<Picture> {
    const { default: sharp } = await import('sharp');
    const { width, height } = this;
    const png = await sharp(Buffer.from(this.pixels.buffer), {
      raw: { width, height, channels: 4 },
    })
      .png({ compressionLevel: 9 })
      .toBuffer();
    return { png, width, height, alt };
  }
}
