import * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { GradbookError } from '../runtime';

function noInput(): GradbookError {
  return new GradbookError(
    'standard input is not available in a cell: give the value in the code, as a parameter of ' +
      'the notebook, or in a file',
    'no-input',
  );
}

/**
 * Makes every read of standard input in this process fail at once; a cell would wait for ever
 * otherwise. A cell that names `/dev/stdin` as a file or reads through `fs.promises` is not covered.
 */
export function refuseInput(): void {
  let input: Readable | null = null;
  // A stream that has failed stays silent: the next cell gets another one.
  const get = () => {
    if (!input || input.destroyed) input = refusing();
    return input;
  };
  Object.defineProperty(process, 'stdin', { get, configurable: true });
  const readers = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of ['read', 'readSync', 'readv', 'readvSync', 'readFile', 'readFileSync']) {
    const read = readers[name]!;
    const guarded = (...args: unknown[]) => {
      if (args[0] === 0) throw noInput();
      return read.apply(fs, args);
    };
    // `util.promisify` finds its variants as properties of the function.
    Reflect.set(require('node:fs'), name, Object.defineProperties(guarded, describe(read)));
  }
  syncBuiltinESMExports();
}

function refusing(): Readable {
  const input = new Readable({
    read() {
      this.destroy(noInput());
    },
  });
  return Object.assign(input, { fd: 0 });
}

function describe(read: object): PropertyDescriptorMap {
  const { prototype: _, ...rest } = Object.getOwnPropertyDescriptors(read) as PropertyDescriptorMap;
  return rest;
}
