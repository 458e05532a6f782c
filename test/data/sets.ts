import { rowRange } from '../../lib/data';
import type { ImageSet } from '../../lib/data/types';

/** A set of 1×2 images in which every value is the row number, with these primary types. */
export function setOf(primary: number[], secondary = primary.map(() => -1)): ImageSet {
  const count = primary.length;
  return {
    ...{ name: 'all', count, height: 1, width: 2 },
    images: Uint8Array.from({ length: count * 6 }, (_, i) => Math.floor(i / 6) * 10 + (i % 6)),
    masks: Uint8Array.from({ length: count * 2 }, (_, i) => (Math.floor(i / 2) + i) % 2),
    names: primary.map((_, row) => `image ${row}`),
    primary: Uint8Array.from(primary),
    secondary: Int8Array.from(secondary),
    classNames: ['ant', 'bee', 'cat'],
    rows: rowRange(100, 100 + count),
  };
}
