import type { ImageSet, LabelledSet, Task } from './types';

/** How evenly a data set's images are spread over its classes. */
export interface Balance {
  /** Classes with at least one image. */
  classes: number;
  /** The class with the most images, and its share of all images. */
  largest: string;
  largestShare: number;
  /** The class with the fewest images among those that have any, and its share. */
  smallest: string;
  smallestShare: number;
  /** Images of the largest class per image of the smallest. */
  ratio: number;
  /**
   * Pielou's evenness: the entropy of the class shares over that of equal ones, 1 where all classes
   * are equally large (E. C. Pielou, 1966, doi:10.1016/0022-5193(66)90013-0).
   */
  evenness: number;
}

/**
 * Measures class balance: of the primary types (`single`), or of either type (`multi`), where the
 * shares add up to more than 1.
 */
export function balanceOf(set: LabelledSet, task: Task = 'single'): Balance {
  const counts = countClasses(set, task);
  const present = counts.flatMap((count, label) => (count > 0 ? [label] : []));
  const byCount = [...present].sort((a, b) => counts[b]! - counts[a]! || a - b);
  const share = (label: number) => counts[label]! / set.count;
  const [most, least] = [byCount[0] ?? 0, byCount[byCount.length - 1] ?? 0];
  const total = present.reduce((sum, label) => sum + counts[label]!, 0);
  const entropy = present.reduce((sum, label) => {
    const part = counts[label]! / total;
    return sum - part * Math.log(part);
  }, 0);
  return {
    classes: present.length,
    largest: set.classNames[most]!,
    largestShare: share(most),
    smallest: set.classNames[least]!,
    smallestShare: share(least),
    ratio: counts[most]! / counts[least]!,
    evenness: present.length > 1 ? entropy / Math.log(present.length) : 1,
  };
}

/** Images of each class: by the primary type alone, or by either. */
export function countClasses(set: LabelledSet, task: Task): number[] {
  const counts = set.classNames.map(() => 0);
  for (const label of set.primary) counts[label]!++;
  if (task === 'multi') for (const label of set.secondary) if (label >= 0) counts[label]!++;
  return counts;
}

/** Fraction of the pixels covered by the masks, 0 where there are no masks. */
export function maskCoverage({ masks }: ImageSet): number {
  if (!masks) return 0;
  let covered = 0;
  for (const bit of masks) covered += bit;
  return covered / Math.max(1, masks.length);
}
