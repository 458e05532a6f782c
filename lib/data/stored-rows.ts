import * as crypto from 'node:crypto';
import { rowRange } from './row-range';
import type { ImageSet, StoredRows, StreamedImageSet } from './types';

/** Rows that are read together. */
const rowsAtOnce = 64;

/** Some of the rows, read through the same source. Positions are not checked. */
export function storedSubset(rows: StoredRows, positions: Int32Array): StoredRows {
  const hash = crypto.createHash('sha256').update(rows.key);
  hash.update(new Uint8Array(positions.buffer, positions.byteOffset, positions.byteLength));
  return {
    ...rows,
    shape: [positions.length, ...rows.shape.slice(1)],
    key: hash.digest('hex').slice(0, 32),
    read: (chosen, target) =>
      rows.read(
        chosen.map((at) => positions[at]!),
        target,
      ),
  };
}

/**
 * Reads the images of a streamed set into memory, for what draws or explains them: take a `subset`
 * first.
 *
 * @returns a set with `images` and without masks
 * @throws GradbookError `bad-picture`, `bad-cache`
 *
 * @example
 * const streamed = await imageFolderStream('images', { size: 224, seed: 1 });
 * const some = await toImageSet(subset(streamed.test, [0, 1, 2]));
 * display(await imageGrid(some));
 */
export async function toImageSet(set: StreamedImageSet): Promise<ImageSet> {
  const { pictures, ...labels } = set;
  const width = set.height * set.width * 3;
  const images = new Uint8Array(set.count * width);
  for (let from = 0; from < set.count; from += rowsAtOnce) {
    const to = Math.min(from + rowsAtOnce, set.count);
    await pictures.read(rowRange(from, to), images.subarray(from * width, to * width));
  }
  return { ...labels, images, masks: null };
}
