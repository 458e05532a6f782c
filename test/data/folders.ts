import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { TestContext } from 'node:test';
import { pokemonTypes } from '../../lib/data/build/species';
import { npyFloats, zipBytes } from './npz-bytes';

/** A folder that is gone when the test is over. */
export function temporaryFolder(test: TestContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-data-'));
  test.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The lines of `labels.csv` after the first one, for three images. */
export const threeLabels = [
  'Charizard,Fire,Flying,2,3',
  'Onix,Rock,Ground,8,5',
  'Eevee,Normal,,6,',
];

const head = 'name,primary_type,secondary_type,primary_type_index,secondary_type_index';

/** A data set of three images of 2×4, any of its files replaced, or left out where it is null. */
export function writeDataSet(
  dir: string,
  files: { npz?: Buffer | null; labels?: string | null; types?: string | null } = {},
): string {
  const lines = (texts: readonly string[]) => `${texts.join('\n')}\n`;
  const contents = {
    'data.npz': files.npz === undefined ? goodArchive() : files.npz,
    'labels.csv': files.labels === undefined ? lines([head, ...threeLabels]) : files.labels,
    'pokemon_types.txt': files.types === undefined ? lines(pokemonTypes) : files.types,
  };
  for (const [name, content] of Object.entries(contents)) {
    if (content !== null) fs.writeFileSync(path.join(dir, name), content);
  }
  return dir;
}

/** `labels.csv` with these lines after the first one. */
export function labelsWith(...lines: string[]): string {
  return `${[head, ...lines].join('\n')}\n`;
}

export const imageShape = [3, 2, 4, 3];
export const maskShape = [3, 2, 4, 1];

/** The bytes of the images that `make_arrays.py` makes too. */
export const imageBytes = bytesOf(
  imageShape,
  (n, y, x, c) => (41 * n + 17 * y + 29 * x + 83 * c) % 256,
);
export const maskBytes = bytesOf(maskShape, (n, y, x) => ((n + 2 * y + x) % 3 === 0 ? 1 : 0));

function bytesOf(
  shape: number[],
  value: (n: number, y: number, x: number, c: number) => number,
): Uint8Array {
  const [count, height, width, channels] = shape as [number, number, number, number];
  const bytes = new Uint8Array(count * height * width * channels);
  let at = 0;
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) bytes[at++] = value(n, y, x, c);
      }
    }
  }
  return bytes;
}

export const goodImages = npyFloats(
  imageShape,
  Array.from(imageBytes, (byte) => byte / 255),
);
export const goodMasks = npyFloats(maskShape, maskBytes);

/** An archive of images and masks, either replaced. */
export function goodArchive(images = goodImages, masks: Buffer | null = goodMasks): Buffer {
  const members = [{ name: 'images.npy', content: images }];
  return zipBytes(masks ? [...members, { name: 'masks.npy', content: masks }] : members);
}
