import * as fs from 'node:fs';
import * as path from 'node:path';
import sharp from 'sharp';
import { environment, GradbookError } from '../runtime';
import { readInThread } from './read-thread';
import { explainCache, noRoom } from './store-errors';
import {
  dataOf,
  digestAt,
  digestBytes,
  digestsOf,
  type OlderRow,
  olderIndexes,
  rowsInIndex,
  rowsOfStores,
  sha256,
} from './store-index';

const format = 'gradbook-pictures-1';

/**
 * The two files of an image store: `.u8` with the rows one after the other, `.index` with a digest of
 * path, size and time of change of each file whose row is there. They are named by all digests, so that
 * a row's place is the same for every process, and lie in a folder named by the images' folder, their
 * size in pixels and the version of the decoder.
 */
export class StoreFiles {
  readonly rowBytes: number;
  /** Says what all rows are. */
  readonly key: string;
  private readonly dir: string;
  private readonly digests: Buffer;
  private readonly filled: Uint8Array;
  private olderRows: Map<string, OlderRow> | undefined;
  filledCount = 0;

  constructor(
    folder: string,
    private readonly files: readonly string[],
    size: number,
  ) {
    this.rowBytes = size * size * 3;
    const versions = [format, sharp.versions.sharp ?? '', sharp.versions.vips];
    const name = sha256([folder, size, ...versions].join('\0')).toString('hex', 0, 12);
    this.dir = path.join(environment().cacheDir, 'images', name);
    this.digests = digestsOf(files, folder);
    this.key = sha256(Buffer.concat([Buffer.from(name), this.digests])).toString('hex', 0, 12);
    this.filled = new Uint8Array(files.length);
    this.readIndex();
  }

  has(row: number): boolean {
    return this.filled[row] === 1;
  }

  missingRows(): number[] {
    return Array.from(this.files.keys()).filter((row) => !this.has(row));
  }

  /** @throws GradbookError `disk-full` where the disk has no room for so many rows */
  checkRoom(rows: number): void {
    this.makeFolder();
    const { bavail, bsize } = fs.statfsSync(this.dir);
    const [needed, free] = [rows * this.rowBytes, bavail * bsize];
    if (needed > free)
      throw noRoom(
        this.dir,
        `${rows} decoded images take ${gib(needed)} and ${gib(free)} are free`,
      );
  }

  /** Opens the file of rows for what `work` writes, and closes it. */
  async write(work: (handle: fs.promises.FileHandle) => Promise<void>): Promise<void> {
    await this.explained(async () => {
      this.makeFolder();
      const handle = await fs.promises.open(this.data, fs.constants.O_RDWR | fs.constants.O_CREAT);
      try {
        await work(handle);
      } finally {
        await handle.close();
      }
    });
  }

  async writeRow(handle: fs.promises.FileHandle, row: number, rgb: Uint8Array): Promise<void> {
    for (let at = 0; at < rgb.length; ) {
      const start = row * this.rowBytes + at;
      at += (await handle.write(rgb, at, rgb.length - at, start)).bytesWritten;
    }
    this.filledCount += 1 - this.filled[row]!;
    this.filled[row] = 1;
  }

  /** Notes on disk which rows are there, after the rows themselves are. */
  async note(rows: readonly number[]): Promise<void> {
    if (rows.length === 0) return;
    await this.write((handle) => handle.datasync());
    await this.explained(async () => {
      const flags = fs.constants.O_RDWR | fs.constants.O_CREAT;
      const handle = await fs.promises.open(this.index, flags);
      try {
        for (const row of rows) {
          await handle.write(this.digests, row * digestBytes, digestBytes, row * digestBytes);
        }
      } finally {
        await handle.close();
      }
    });
  }

  /**
   * Reads rows, those that lie beside each other at once. What is not there is left as it is; where
   * the user removed the file, nothing is there from now on.
   */
  async read(positions: Int32Array, target: Uint8Array<SharedArrayBuffer>): Promise<void> {
    const { rowBytes, data } = this;
    const runs = runsOf(positions, (row) => this.has(row));
    const parts = runs.flatMap(({ at, row, count }) => [
      target.byteOffset + at * rowBytes,
      count * rowBytes,
      row * rowBytes,
    ]);
    await this.explained(async () => {
      if (!fs.existsSync(data)) return this.forget();
      const ended = await readInThread(data, target.buffer, Float64Array.from(parts));
      if (ended < 0) return;
      throw new GradbookError(
        `${data} ends before row ${runs[ended]!.row}: it was changed while it was in use; run again`,
        'bad-cache',
      );
    });
  }

  /** The row of the same file in an earlier store of this folder; undefined where there is none. */
  async fromOlder(row: number): Promise<Uint8Array | undefined> {
    this.olderRows ??= rowsOfStores(this.older());
    const found = this.olderRows.get(digestAt(this.digests, row));
    if (!found) return undefined;
    const rgb = new Uint8Array(this.rowBytes);
    try {
      const handle = await fs.promises.open(found.data, 'r');
      try {
        const { bytesRead } = await handle.read(rgb, 0, rgb.length, found.row * rgb.length);
        return bytesRead === rgb.length ? rgb : undefined;
      } finally {
        await handle.close();
      }
    } catch {
      // Another process was quicker to remove it.
      return undefined;
    }
  }

  /** Removes the earlier stores of this folder. */
  removeOlder(): void {
    for (const index of this.older()) {
      for (const file of [index, dataOf(index)]) fs.rmSync(file, { force: true });
    }
    this.olderRows = new Map();
  }

  private makeFolder(): void {
    try {
      fs.mkdirSync(this.dir, { recursive: true });
    } catch (error) {
      throw explainCache(error, this.dir);
    }
  }

  private get data(): string {
    return dataOf(this.index);
  }

  private get index(): string {
    return path.join(this.dir, `${this.key}.index`);
  }

  private forget(): void {
    this.filled.fill(0);
    this.filledCount = 0;
    fs.rmSync(this.index, { force: true });
  }

  private readIndex(): void {
    if (!fs.existsSync(this.dir)) return;
    if (!fs.existsSync(this.data)) this.forget();
    if (!fs.existsSync(this.index)) return;
    const written = fs.statSync(this.data).size / this.rowBytes;
    const rows = rowsInIndex(fs.readFileSync(this.index), this.digests, written);
    for (const row of rows) this.filled[row] = 1;
    this.filledCount = rows.length;
  }

  private older(): string[] {
    return olderIndexes(this.dir, path.basename(this.index));
  }

  private async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainCache(error, this.dir);
    }
  }
}

interface Run {
  /** Place in the target, first row, and how many. */
  at: number;
  row: number;
  count: number;
}

function runsOf(positions: Int32Array, has: (row: number) => boolean): Run[] {
  const runs: Run[] = [];
  for (const [at, row] of positions.entries()) {
    if (!has(row)) continue;
    const last = runs.at(-1);
    if (last && last.row + last.count === row && last.at + last.count === at) last.count++;
    else runs.push({ at, row, count: 1 });
  }
  return runs;
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
