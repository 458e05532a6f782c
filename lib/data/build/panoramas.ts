import { GradbookError } from '../../runtime';
import { fromHalf } from '../half';
import type { Picture } from '../pictures';
import { toneMap } from './tone-map';

/** The panoramas of `@pmndrs/assets` (CC0), 512×256 pixels each, used for the training images. */
export const trainingPanoramas = [
  'apartment',
  'bridge',
  'dawn',
  'esplanade',
  'forest',
  'hall',
  'lab',
  'night',
  'sky',
  'studio',
  'sunrise',
  'venice',
  'warehouse',
  'workshop',
] as const;

/** The panoramas used only for the test set: a town, a room, a meadow and a quay. */
export const testPanoramas = ['city', 'lobby', 'park', 'sunset'] as const;

/** Exposures of each panorama, relative to the one that `toneMap` finds. */
const exposures = [2 / 3, 1, 3 / 2] as const;

// Above row 40 is the zenith and below row 199 the ground under the camera, both strongly distorted.
const firstRow = 40;
const endRow = 200;

interface ParsedExr {
  width: number;
  height: number;
  /** Half floats, RGBA, rows from the bottom up. */
  data: Uint16Array;
}

/**
 * Decodes one panorama and makes photos of it: 512×160 pixels around the horizon, in three
 * exposures, each also at twice the size: near objects are smooth in a photo.
 *
 * @throws GradbookError `missing-panorama`
 */
export function readPanorama(name: string): Picture[] {
  const { linear, width, height } = decode(name);
  return exposures.flatMap((exposure) => {
    const whole = { name, width, height, rgb: toneMap(linear, exposure) };
    return [whole, doubled(whole)];
  });
}

/** Twice as wide and high, bilinear with half-pixel centres, in integers. */
function doubled({ name, width, height, rgb }: Picture): Picture {
  const [columns, rows] = [width * 2, height * 2];
  const large = new Uint8Array(columns * rows * 3);
  for (let y = 0; y < rows; y++) {
    // The source pixel that contains this one has weight 3/4, its neighbour 1/4.
    const near = (y >> 1) * width;
    const far = clamp((y >> 1) + (y % 2 === 0 ? -1 : 1), height) * width;
    for (let x = 0; x < columns; x++) {
      const own = x >> 1;
      const next = clamp(own + (x % 2 === 0 ? -1 : 1), width);
      const [a, b, c, d] = [near + own, near + next, far + own, far + next];
      const to = (y * columns + x) * 3;
      for (let i = 0; i < 3; i++) {
        const sum = 9 * rgb[a * 3 + i]! + 3 * (rgb[b * 3 + i]! + rgb[c * 3 + i]!) + rgb[d * 3 + i]!;
        large[to + i] = (sum + 8) >> 4;
      }
    }
  }
  return { name, width: columns, height: rows, rgb: large };
}

function clamp(at: number, length: number): number {
  return Math.min(length - 1, Math.max(0, at));
}

/** The linear light of a panorama's middle rows, `[height, width, 3]`. */
function decode(name: string): { linear: Float32Array; width: number; height: number } {
  // Both packages are ES modules whose types this module resolution does not find.
  const { default: parseExr } = require('parse-exr') as {
    default: (buffer: ArrayBuffer, type: number) => ParsedExr;
  };
  const halfFloat = 1016;
  let exr: ParsedExr;
  try {
    const { default: url } = require(`@pmndrs/assets/hdri/${name}.exr.js`) as { default: string };
    const file = new Uint8Array(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
    exr = parseExr(file.buffer, halfFloat);
  } catch (error) {
    throw new GradbookError(
      `the panorama '${name}' of @pmndrs/assets could not be read (${(error as Error).message}): run \`npm run setup\``,
      'missing-panorama',
      { cause: error },
    );
  }
  const { width, height, data } = exr;
  const linear = new Float32Array(width * (endRow - firstRow) * 3);
  let target = 0;
  for (let row = firstRow; row < endRow; row++) {
    const start = (height - 1 - row) * width * 4;
    for (let at = start; at < start + width * 4; at += 4) {
      for (let channel = 0; channel < 3; channel++) {
        linear[target++] = Math.max(0, fromHalf(data[at + channel]!));
      }
    }
  }
  return { linear, width, height: endRow - firstRow };
}
