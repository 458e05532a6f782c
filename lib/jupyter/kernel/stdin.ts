import * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { type Input, noInput } from './input';

type Callback = (error: Error | null, count?: number, buffer?: Uint8Array) => void;
type Reader = (...args: unknown[]) => unknown;

/**
 * Replaces standard input for this process: a read asks the user for a line where input is allowed,
 * and otherwise fails at once instead of waiting forever. The content of "the file 0" is one line.
 * A cell that names `/dev/stdin` as a file or reads through `fs.promises` is not covered.
 */
export function replaceStandardInput(input: Input): void {
  let stream: Readable | null = null;
  // A failed stream cannot be used again: the next cell gets a new one.
  const get = () => {
    if (!stream || stream.destroyed) stream = lines(input);
    return stream;
  };
  Object.defineProperty(process, 'stdin', { get, configurable: true });

  let rest = Buffer.alloc(0);
  function take(target: Uint8Array, offset = 0, length = target.byteLength - offset): number {
    const part = rest.subarray(0, length);
    target.set(part, offset);
    rest = rest.subarray(part.byteLength);
    return part.byteLength;
  }
  const fill = (line: string) => {
    rest = Buffer.from(`${line}\n`);
  };
  const ours: Record<string, Reader> = {
    readSync(...[, target, offset, length]) {
      if (rest.byteLength === 0) fill(input.askNow());
      const options = (typeof offset === 'object' && offset !== null ? offset : {}) as {
        offset?: number;
        length?: number;
      };
      const start = typeof offset === 'number' ? offset : options.offset;
      const size = typeof length === 'number' ? length : options.length;
      return take(target as Uint8Array, start, size);
    },
    readFileSync(...[, options]) {
      const encoding =
        typeof options === 'string' ? options : (options as { encoding?: string } | null)?.encoding;
      const bytes = Buffer.from(`${input.askNow()}\n`);
      return encoding ? bytes.toString(encoding as BufferEncoding) : bytes;
    },
    read(...args) {
      const done = args.at(-1) as Callback;
      const [, target, offset, length] = args as [number, Uint8Array, number, number];
      if (!input.isAllowed) throw noInput();
      const filled = rest.byteLength === 0 ? input.ask().then(fill) : Promise.resolve();
      filled.then(() => done(null, take(target, offset, length), target), done);
    },
  };
  const readers = fs as unknown as Record<string, Reader>;
  for (const name of ['read', 'readSync', 'readv', 'readvSync', 'readFile', 'readFileSync']) {
    const read = readers[name]!;
    const guarded = (...args: unknown[]) => {
      if (args[0] !== 0) return read.apply(fs, args);
      const own = ours[name];
      if (!own || !input.isAllowed) throw noInput();
      return own(...args);
    };
    // `util.promisify` finds its variants as properties of the function.
    Reflect.set(require('node:fs'), name, Object.defineProperties(guarded, describe(read)));
  }
  syncBuiltinESMExports();
}

/** A stream of lines that requests the next one on each read. */
function lines(input: Input): Readable {
  const stream = new Readable({
    // No read-ahead: that would request a line that is not needed.
    highWaterMark: 0,
    read() {
      // After what the reader prints in this turn, such as its prompt.
      setImmediate(() => {
        if (stream.isPaused() && input.isAllowed)
          return void stream.once('resume', () => this._read(0));
        input.ask().then(
          (line) => this.push(`${line}\n`),
          (error) => this.destroy(error),
        );
      });
    },
  });
  return Object.assign(stream, { fd: 0 });
}

function describe(read: object): PropertyDescriptorMap {
  const { prototype: _, ...rest } = Object.getOwnPropertyDescriptors(read) as PropertyDescriptorMap;
  return rest;
}
