import * as fs from 'node:fs';
import type { Descriptors } from './descriptors';

export type Stream = 'stdout' | 'stderr';

/** Interval in milliseconds too short for a child process to start, write and end. */
const shortest = 0.5;

const chunk = Buffer.allocUnsafe(1 << 16);

/**
 * Reads what was written to the descriptors 1 and 2. Both threads do: the link while the main
 * thread computes or waits for a child process, and the main thread before it sends anything, so
 * that what was written before comes before it.
 */
export class NativeOutput {
  private readonly lock: Int32Array;
  private last = 0;
  private wasWritten = false;

  /** @param deliver gets what was read, in the order in which it was written to each descriptor */
  constructor(
    private readonly descriptors: Descriptors,
    private readonly deliver: (name: Stream, bytes: Buffer) => void,
  ) {
    this.lock = new Int32Array(descriptors.lock);
  }

  /**
   * Reads what is there. Called before every print, it reads at most every half millisecond, since
   * an empty read costs more than a print.
   */
  collectBefore(): void {
    if (!this.wasWritten && performance.now() - this.last < shortest) return;
    this.wasWritten = false;
    this.collect();
  }

  /** Reads what is there. @returns whether something was */
  collect(before: () => void = () => {}): boolean {
    while (Atomics.compareExchange(this.lock, 0, 0, 1) !== 0) Atomics.wait(this.lock, 0, 1, 5);
    let some = false;
    try {
      for (const name of ['stdout', 'stderr'] as const) {
        for (let bytes = this.read(name); bytes; bytes = this.read(name)) {
          if (!some) before();
          some = true;
          this.deliver(name, bytes);
        }
      }
    } finally {
      Atomics.store(this.lock, 0, 0);
      Atomics.notify(this.lock, 0);
      this.last = performance.now();
    }
    return some;
  }

  /** Code that writes to a descriptor directly may do so at any time. */
  watchWrites(): void {
    const { writeSync } = fs;
    const watched = (descriptor: number, ...rest: unknown[]): number => {
      if (descriptor === 1 || descriptor === 2) this.wasWritten = true;
      return (writeSync as (...args: unknown[]) => number)(descriptor, ...rest);
    };
    // The module as CommonJS sees it: an import's names can't be assigned.
    const own = require('node:fs') as { writeSync: typeof writeSync };
    own.writeSync = Object.assign(watched, writeSync) as typeof writeSync;
  }

  private read(name: Stream): Buffer | null {
    try {
      const length = fs.readSync(this.descriptors[name], chunk);
      return length > 0 ? Buffer.from(chunk.subarray(0, length)) : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
      throw error;
    }
  }
}
