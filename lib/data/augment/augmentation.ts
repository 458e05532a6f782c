import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, Random, random } from '../../runtime';

/** Inputs and targets of a batch. */
export interface BatchPair {
  x: Tensor;
  y: Tensor;
}

/**
 * For `train`'s `augment`: a batch of images `[n, height, width, channels]` and its targets, changed
 * together. The result is the caller's; what was given stays.
 */
export type Augmentation = (x: Tensor, y: Tensor, rows?: Int32Array) => BatchPair;

export interface SeedOption {
  /** Seed of a generator of its own. Default: the process's, which `train` sets for each step. */
  seed?: number;
}

/** The generator that an augmentation draws from. */
export function generatorOf({ seed }: SeedOption): () => Random {
  if (seed === undefined) return random;
  const own = new Random(seed);
  return () => own;
}

/** A number, uniform in [from, to]. */
export function uniform(generator: Random, [from, to]: readonly [number, number]): number {
  return from + (to - from) * generator.next();
}

/** @throws GradbookError `bad-option` for what is no share from 0 to 1 */
export function checkShare(value: number, name: string): number {
  if (!(value >= 0 && value <= 1)) {
    throw new GradbookError(`${name} ${value}: give a share from 0 to 1`, 'bad-option');
  }
  return value;
}

/** A range of finite numbers, from both ends or from one that stands for both signs. */
export function rangeOf(
  given: number | readonly [number, number],
  name: string,
): readonly [number, number] {
  const range = typeof given === 'number' ? ([-given, given] as const) : given;
  if (!(range.every(Number.isFinite) && range[0] <= range[1])) {
    throw new GradbookError(
      `${name} ${JSON.stringify(given)}: give a number of at least 0, or the lowest and the highest`,
      'bad-option',
    );
  }
  return range;
}

/** @throws GradbookError `bad-shape` for what is no batch of images */
export function checkPictures(x: Tensor, what: string): Tensor4D {
  if (x.rank === 4) return x as Tensor4D;
  throw new GradbookError(
    `${what} of a batch of [${x.shape}]: give images [n, height, width, channels]`,
    'bad-shape',
  );
}

/** Whether targets are masks of the images: `[n, height, width]` or with channels behind. */
export function areMasks(x: Tensor, y: Tensor): boolean {
  return y.rank >= 3 && y.rank <= 4 && y.shape[1] === x.shape[1] && y.shape[2] === x.shape[2];
}

/**
 * Augmentations one after the other, as one for `train`'s `augment`:
 * `augment: composeAugmentations(randomFlip(), randomRotation({ degrees: 10 }), mixup())`.
 */
export function composeAugmentations(...augmentations: readonly Augmentation[]): Augmentation {
  return (x, y, rows) => {
    let batch: BatchPair = { x, y };
    for (const augment of augmentations) batch = augment(batch.x, batch.y, rows);
    return batch;
  };
}
