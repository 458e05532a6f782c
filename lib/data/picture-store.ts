import type * as fs from 'node:fs';
import { GradbookError } from '../runtime';
import { inParallel } from './in-parallel';
import { readPicture, squareOf } from './pictures';
import { StoreFiles } from './store-files';
import type { StoredRows } from './types';

/** Decoded rows that are flushed to the disk together. */
const flushEvery = 256;

/** Rows of a batch that are decoded at once: the threads of libuv are kept busy while a step runs. */
const batchAtOnce = 64;

/**
 * Decoded images on disk, uint8 `[files, size, size, 3]` in the order of the files. What is missing
 * is decoded when it is read, and kept. Any number of processes may use a store at once: each image
 * has one place, and all write the same into it.
 */
export class PictureStore {
  private readonly store: StoreFiles;
  private pending: number[] = [];
  private flushing: Promise<void> = Promise.resolve();

  /**
   * @param folder what the files lie in: a store of the same folder with other files lends what is in both
   * @param size side in pixels
   */
  constructor(
    folder: string,
    private readonly files: readonly string[],
    private readonly size: number,
  ) {
    this.store = new StoreFiles(folder, files, size);
  }

  /** How many images are not decoded yet. */
  get missing(): number {
    return this.files.length - this.store.filledCount;
  }

  /** The images as rows, with scale 1/255. */
  rows(): StoredRows {
    const { size } = this;
    return {
      shape: [this.files.length, size, size, 3],
      dtype: 'uint8',
      scale: 1 / 255,
      key: this.store.key,
      shared: true,
      read: (positions, target) => this.read(positions, target as Uint8Array),
    };
  }

  /**
   * Decodes all that is missing.
   *
   * @param atOnce images decoded at the same time
   * @param onRow called for each, with the error where it could not be read
   * @throws GradbookError `disk-full`, `bad-cache`, and whatever `onRow` throws
   */
  async decodeMissing(
    atOnce: number,
    onRow: (row: number, error?: GradbookError) => void,
  ): Promise<void> {
    const rows = this.store.missingRows();
    this.store.checkRoom(rows.length);
    try {
      await this.store.write(async (handle) => {
        await inParallel(rows.length, atOnce, async (at) => {
          const row = rows[at]!;
          const rgb = await this.decoded(row).catch((error: unknown) => {
            if (error instanceof GradbookError) return error;
            throw error;
          });
          if (rgb instanceof GradbookError) return onRow(row, rgb);
          await this.keep(handle, row, rgb);
          onRow(row);
        });
      });
    } finally {
      await this.flush();
    }
    this.store.removeOlder();
  }

  private async read(positions: Int32Array, target: Uint8Array): Promise<void> {
    const { store } = this;
    if (positions.some((row) => store.has(row))) {
      const shared = asShared(target);
      await store.read(positions, shared);
      if (shared !== target) target.set(shared);
    }
    const missing = Array.from(positions.keys()).filter((at) => !store.has(positions[at]!));
    if (missing.length === 0) return;
    const width = store.rowBytes;
    await store.write(async (handle) => {
      await inParallel(missing.length, batchAtOnce, async (at) => {
        const place = missing[at]!;
        const row = positions[place]!;
        const rgb = await this.decoded(row);
        target.set(rgb, place * width);
        await this.keep(handle, row, rgb);
      });
    });
    if (this.missing === 0) await this.flush();
    if (this.missing === 0) store.removeOlder();
  }

  private async decoded(row: number): Promise<Uint8Array> {
    const older = await this.store.fromOlder(row);
    if (older) return older;
    return (await readPicture(this.files[row]!, squareOf(this.size))).rgb;
  }

  private async keep(handle: fs.promises.FileHandle, row: number, rgb: Uint8Array): Promise<void> {
    await this.store.writeRow(handle, row, rgb);
    this.pending.push(row);
    if (this.pending.length >= flushEvery) await this.flush();
  }

  /** Says on disk which rows are there, once they are. */
  private flush(): Promise<void> {
    const rows = this.pending;
    this.pending = [];
    this.flushing = this.flushing.catch(() => {}).then(() => this.store.note(rows));
    return this.flushing;
  }
}

/** The same memory where threads share it, else as much that they do. */
function asShared(target: Uint8Array): Uint8Array<SharedArrayBuffer> {
  if (target.buffer instanceof SharedArrayBuffer) return target as Uint8Array<SharedArrayBuffer>;
  return new Uint8Array(new SharedArrayBuffer(target.length));
}
