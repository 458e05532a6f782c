import { Random, random } from '../runtime';

/** Mixes integers into one 32-bit seed (the finaliser of MurmurHash3, Austin Appleby). */
export function mixSeed(...parts: number[]): number {
  let hash = 0x9747b28c;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part >>> 0), 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash = (hash ^ (hash >>> 16)) >>> 0;
  }
  return hash;
}

/**
 * The order of the examples in an epoch. It depends only on the seed and the epoch, so that a
 * training resumed in the middle has the same batches.
 */
export function epochOrder(count: number, seed: number, epoch: number, shuffle: boolean) {
  if (!shuffle) return Int32Array.from({ length: count }, (_, i) => i);
  return new Random(mixSeed(seed, epoch, 0)).permutation(count);
}

/**
 * Runs one step with the process's generator set from the seed, the epoch and the batch, and
 * restores the generator afterwards: dropout masks do not depend on random numbers drawn elsewhere.
 */
export function withStepSeed<T>(seed: number, epoch: number, batch: number, step: () => T): T {
  const generator = random();
  const before = generator.getState();
  generator.setState(mixSeed(seed, epoch, batch + 1));
  try {
    return step();
  } finally {
    generator.setState(before);
  }
}
