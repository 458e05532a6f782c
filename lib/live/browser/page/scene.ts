/** A sprite cut out of a test image. */
export interface Sprite {
  name: string;
  width: number;
  height: number;
  /** `[height, width, 4]`, opaque or nothing. */
  pixels: Uint8Array;
}

/** What the reader has put together: a photo or image, a sprite over it, paint over both. */
export class Scene {
  private background: Uint8Array;
  private readonly paint: Uint8Array;
  sprite: Sprite | null = null;
  /** What the image shows, as far as it is known. */
  title = '';
  /** Place of the sprite's middle, and its size as a multiple of its own. */
  x: number;
  y: number;
  scale = 1;

  /** @param background `[height, width, 3]`. Default: black */
  constructor(
    readonly width: number,
    readonly height: number,
    background = new Uint8Array(width * height * 3),
  ) {
    this.background = background;
    this.paint = new Uint8Array(width * height * 4);
    this.x = width / 2;
    this.y = height / 2;
  }

  /** Begins again with an image, without paint and sprite. */
  show(background: Uint8Array, title: string): void {
    this.background = background;
    this.title = title;
    this.sprite = null;
    this.clearPaint();
  }

  /** Another photo under what is there. */
  showBehind(background: Uint8Array, title: string): void {
    this.background = background;
    this.title = title;
  }

  putSprite(sprite: Sprite): void {
    this.sprite = sprite;
    this.x = this.width / 2;
    this.y = this.height / 2;
    this.scale = 1;
  }

  /** Moves the sprite; its middle stays in the image. */
  moveTo(x: number, y: number): void {
    this.x = Math.min(this.width, Math.max(0, x));
    this.y = Math.min(this.height, Math.max(0, y));
  }

  /** Makes the sprite larger or smaller, between a third and three times its size. */
  resize(factor: number): void {
    this.scale = Math.min(3, Math.max(1 / 3, this.scale * factor));
  }

  /** A dot of paint, and all dots on the way from another place. */
  stroke(
    from: readonly [number, number],
    to: readonly [number, number],
    radius: number,
    [red, green, blue]: readonly [number, number, number],
  ): void {
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let step = 0; step <= steps; step++) {
      const x = from[0] + ((to[0] - from[0]) * step) / steps;
      const y = from[1] + ((to[1] - from[1]) * step) / steps;
      this.eachPixel(x, y, radius, (at) => this.paint.set([red, green, blue, 255], at * 4));
    }
  }

  clearPaint(): void {
    this.paint.fill(0);
  }

  private eachPixel(x: number, y: number, radius: number, run: (at: number) => void): void {
    for (let row = Math.floor(y - radius); row <= y + radius; row++) {
      for (let column = Math.floor(x - radius); column <= x + radius; column++) {
        const inside = Math.hypot(column + 0.5 - x, row + 0.5 - y) <= radius;
        const there = row >= 0 && row < this.height && column >= 0 && column < this.width;
        if (inside && there) run(row * this.width + column);
      }
    }
  }

  /** The image as the networks get it, `[height, width, 3]`; an image left alone is its own bytes. */
  compose(): Uint8Array {
    const pixels = this.background.slice();
    this.drawSprite(pixels);
    for (let at = 0; at < this.width * this.height; at++) {
      if (this.paint[at * 4 + 3]) pixels.set(this.paint.subarray(at * 4, at * 4 + 3), at * 3);
    }
    return pixels;
  }

  /** Each pixel takes the sprite's nearest one, so that pixel art stays what it is. */
  private drawSprite(pixels: Uint8Array): void {
    if (!this.sprite) return;
    const { width, height, pixels: own } = this.sprite;
    const left = Math.round(this.x - (width * this.scale) / 2);
    const top = Math.round(this.y - (height * this.scale) / 2);
    for (let y = 0; y < Math.round(height * this.scale); y++) {
      for (let x = 0; x < Math.round(width * this.scale); x++) {
        const [row, column] = [top + y, left + x];
        if (row < 0 || row >= this.height || column < 0 || column >= this.width) continue;
        const from = [Math.floor(y / this.scale), Math.floor(x / this.scale)] as const;
        const at = (Math.min(from[0], height - 1) * width + Math.min(from[1], width - 1)) * 4;
        if (own[at + 3]) pixels.set(own.subarray(at, at + 3), (row * this.width + column) * 3);
      }
    }
  }
}

/** Cuts what a mask names out of an image; null where it names nothing. */
export function cutSprite(
  name: string,
  pixels: Uint8Array,
  mask: Uint8Array,
  width: number,
): Sprite | null {
  const places = Array.from(mask.keys()).filter((at) => mask[at]);
  if (places.length === 0) return null;
  const columns = places.map((at) => at % width);
  const rows = places.map((at) => Math.floor(at / width));
  const [left, top] = [Math.min(...columns), Math.min(...rows)];
  const size = [Math.max(...columns) - left + 1, Math.max(...rows) - top + 1] as const;
  const cut = new Uint8Array(size[0] * size[1] * 4);
  places.forEach((at, i) => {
    const to = (rows[i]! - top) * size[0] + columns[i]! - left;
    cut.set([...pixels.subarray(at * 3, at * 3 + 3), 255], to * 4);
  });
  return { name, width: size[0], height: size[1], pixels: cut };
}
