import { Random, random } from '../../runtime';
import type { ImageSet } from '../types';

export interface AugmentOptions {
  /** Changed copies of each image. Default 1. */
  copies?: number;
  /** Whether half of the images are mirrored. Default true. */
  flip?: boolean;
  /** Largest shift along each side, as a fraction of it; shifts are of whole pixels. Default 0.1. */
  shift?: number;
  /** Largest rotation in either direction, in degrees. Default 15. */
  rotate?: number;
  /** Largest relative change of brightness. Default 0.2. */
  brightness?: number;
  /** Default: the process's generator, which follows `setSeed`. */
  seed?: number;
}

/**
 * A set with changed copies appended to its images: mirrored, shifted, turned, brightened at
 * random, sampled bilinearly, the border's pixels repeated. Made once, so that a frozen network's
 * features of the copies can be computed once too. Masks are left out.
 */
export function augmentedSet(set: ImageSet, options: AugmentOptions = {}): ImageSet {
  const { copies = 1, flip = true, shift = 0.1, rotate = 15, brightness = 0.2 } = options;
  const generator = options.seed === undefined ? random() : new Random(options.seed);
  const between = (limit: number) => (2 * generator.next() - 1) * limit;
  const size = set.height * set.width * 3;
  const images = new Uint8Array((copies + 1) * set.images.length);
  images.set(set.images);
  for (let i = set.count; i < (copies + 1) * set.count; i++) {
    const row = i % set.count;
    const from = set.images.subarray(row * size, (row + 1) * size);
    const angle = (between(rotate) * Math.PI) / 180;
    warp(from, images.subarray(i * size, (i + 1) * size), set, {
      mirror: flip && generator.next() < 0.5,
      cos: Math.cos(angle),
      sin: Math.sin(angle),
      // Whole pixels, so that images that are only shifted stay sharp.
      down: Math.round(between(shift) * set.height),
      right: Math.round(between(shift) * set.width),
      light: 1 + between(brightness),
    });
  }
  const repeat = <T>(values: ArrayLike<T>): T[] =>
    Array.from({ length: copies + 1 }, () => Array.from(values)).flat();
  return {
    ...set,
    count: (copies + 1) * set.count,
    images,
    masks: null,
    names: repeat(set.names),
    primary: Uint8Array.from(repeat(set.primary)),
    secondary: Int8Array.from(repeat(set.secondary)),
    rows: Int32Array.from(repeat(set.rows)),
  };
}

interface Change {
  mirror: boolean;
  cos: number;
  sin: number;
  down: number;
  right: number;
  light: number;
}

function warp(
  from: Uint8Array,
  to: Uint8Array,
  { height, width }: { height: number; width: number },
  { mirror, cos, sin, down, right, light }: Change,
): void {
  const middle = { x: (width - 1) / 2, y: (height - 1) / 2 };
  const clamp = (value: number, last: number) => Math.min(last, Math.max(0, value));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dy = y - middle.y - down;
      const dx = (x - middle.x - right) * (mirror ? -1 : 1);
      const sourceX = clamp(middle.x + cos * dx - sin * dy, width - 1);
      const sourceY = clamp(middle.y + sin * dx + cos * dy, height - 1);
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      const u = sourceX - left;
      const v = sourceY - top;
      // The four neighbouring pixels and their weights.
      const a = (top * width + left) * 3;
      const b = left + 1 < width ? a + 3 : a;
      const below = top + 1 < height ? width * 3 : 0;
      const target = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const upper = from[a + c]! * (1 - u) + from[b + c]! * u;
        const lower = from[a + below + c]! * (1 - u) + from[b + below + c]! * u;
        to[target + c] = clamp(Math.round((upper * (1 - v) + lower * v) * light), 255);
      }
    }
  }
}
