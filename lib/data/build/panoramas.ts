import { GradbookError } from '../../runtime';
import { fromHalf } from '../half';
import type { Picture } from '../pictures';
import { toneMap } from './tone-map';

/** The outdoor panoramas of `@pmndrs/assets` (CC0), 512×256 pixels each. */
export const panoramaNames = [
  'city',
  'sunset',
  'venice',
  'forest',
  'park',
  'sunrise',
  'dawn',
  'sky',
  'bridge',
] as const;

// Above row 40 is the zenith and below row 199 the ground under the camera, both stretched wide.
const firstRow = 40;
const endRow = 200;

interface ParsedExr {
  width: number;
  height: number;
  /** Half floats, RGBA, rows from the bottom up. */
  data: Uint16Array;
}

/** Decodes one panorama and brings it into a photo's range: 512×160 pixels around the horizon. */
export function readPanorama(name: string): Picture {
  // Both packages are ES modules without types that Node's older resolution finds.
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
  return { name, width, height: endRow - firstRow, rgb: toneMap(linear) };
}
