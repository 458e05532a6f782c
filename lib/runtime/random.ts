import { sharedState } from './shared-state';

/**
 * A small seeded generator: mulberry32 (Tommy Ettinger, public domain). 2^32 states are enough for
 * shuffles, crops and seeds, and the state is one integer, which can be saved in a checkpoint.
 */
export class Random {
  private state: number;

  /** @param seed any integer; only its low 32 bits count */
  constructor(seed: number) {
    this.state = checkedSeed(seed);
  }

  /** The next number, uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer, uniform in [low, high). Throws a RangeError when there is none. */
  integer(low: number, high: number): number {
    if (!(Number.isInteger(low) && Number.isInteger(high) && high > low)) {
      throw new RangeError(`no integer in [${low}, ${high}): give integers, low below high`);
    }
    return low + Math.floor(this.next() * (high - low));
  }

  /** A standard normal deviate (Box and Muller, 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** A new array of the integers below `length`, in random order (Fisher and Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(0, i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }

  /** The state as one integer, for `setState`. */
  getState(): number {
    return this.state;
  }

  /** Restores a state of `getState`. */
  setState(state: number): void {
    this.state = checkedSeed(state);
  }
}

function checkedSeed(seed: number): number {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`seed ${seed}: give an integer`);
  }
  return seed >>> 0;
}

const stream = sharedState('random', () => ({ seed: 0, random: new Random(0) }));

/**
 * Sets the one seed of every random choice: initialisers, dropout, shuffles, splits, tfjs's own
 * draws. Call it first in a notebook; on the CPU, with the same number of threads, the same seed
 * gives the same weights, bit for bit.
 */
export function setSeed(seed: number): void {
  stream.random.setState(seed);
  stream.seed = seed;
}

/** The seed that `setSeed` was last given; 0 when it was not called. */
export function getSeed(): number {
  return stream.seed;
}

/** The process's generator, for choices that should follow `setSeed`. */
export function random(): Random {
  return stream.random;
}

/** A new 31-bit seed from the process's generator, for anything with its own seed. */
export function nextSeed(): number {
  return stream.random.integer(0, 0x7fffffff);
}
