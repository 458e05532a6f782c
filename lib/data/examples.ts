import { GradbookError, Random, random } from '../runtime';
import { rowRange } from './row-range';
import { gatherExamples } from './rows';
import type {
  Examples,
  ImageSet,
  LabelledSet,
  NdArray,
  StoredRows,
  StreamedImageSet,
  Task,
} from './types';

/**
 * Images with their classes, ready for `train` and `evaluate`.
 *
 * `x` is uint8 `[count, height, width, 3]` with scale 1/255 (no copy: it shares `set.images`); `y` is
 * float32 `[count, classes]`.
 *
 * @param task `single` (one-hot of the primary type) or `multi` (the secondary type's bit set too)
 */
export function examplesOf(set: ImageSet, task?: Task): Examples;
/** Of a streamed set: `x` is read from the disk batch by batch, `y` is as above. */
export function examplesOf(set: StreamedImageSet, task?: Task): { x: StoredRows; y: NdArray };
export function examplesOf(set: ImageSet | StreamedImageSet, task: Task = 'single') {
  const y = task === 'multi' ? multiHot(set) : oneHot(set);
  return { x: 'pictures' in set ? set.pictures : imageRows(set), y };
}

/**
 * Images with their masks, for segmentation: `x` as in `examplesOf`, `y` uint8
 * `[count, height, width, 1]`, 1 where the sprite is. Nothing is copied.
 *
 * @throws GradbookError `no-masks` where the data set has none
 */
export function maskExamplesOf(set: ImageSet): Examples {
  if (!set.masks) {
    throw new GradbookError(
      `the set '${set.name}' has no masks: segmentation needs a data set with masks, such as the pokémon one`,
      'no-masks',
    );
  }
  const { count, height, width, masks } = set;
  return { x: imageRows(set), y: { shape: [count, height, width, 1], values: masks } };
}

/** float32 `[count, classes]`, 1 at the primary type. */
export function oneHot(set: LabelledSet): NdArray {
  const classes = set.classNames.length;
  const values = new Float32Array(set.count * classes);
  for (let i = 0; i < set.count; i++) values[i * classes + set.primary[i]!] = 1;
  return { shape: [set.count, classes], values };
}

/** float32 `[count, classes]`, 1 at the primary type and at the secondary one where there is one. */
export function multiHot(set: LabelledSet): NdArray {
  const rows = oneHot(set);
  const classes = set.classNames.length;
  for (let i = 0; i < set.count; i++) {
    const second = set.secondary[i]!;
    if (second >= 0) rows.values[i * classes + second] = 1;
  }
  return rows;
}

/** Options of `batches`. */
export interface BatchOptions {
  /** Rows per batch. Default 32. */
  batchSize?: number;
  /** Whether to shuffle. Default false. */
  shuffle?: boolean;
  /** Seed of that order. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
  /** Drops the last batch if it is not full. Default false. */
  dropRemainder?: boolean;
}

/** Cuts examples into batches, copied one at a time: `for (const { x, y } of batches(examples))`. */
export function* batches(examples: Examples, options: BatchOptions = {}): Generator<Examples> {
  const { batchSize = 32, shuffle = false, seed, dropRemainder = false } = options;
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new GradbookError(`batchSize ${batchSize}: give an integer above 0`, 'bad-batch-size');
  }
  const count = examples.x.shape[0] ?? 0;
  const generator = seed === undefined ? random() : new Random(seed);
  const order = shuffle ? generator.permutation(count) : rowRange(0, count);
  const end = dropRemainder ? count - (count % batchSize) : count;
  for (let start = 0; start < end; start += batchSize) {
    yield gatherExamples(examples, order.subarray(start, start + batchSize));
  }
}

function imageRows(set: ImageSet): NdArray {
  const { count, height, width, images } = set;
  return { shape: [count, height, width, 3], values: images, scale: 1 / 255 };
}
