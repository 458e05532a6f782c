import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GradbookError } from '../../runtime';

// The part of h5wasm in use: its own types are not found by this module resolution.
export interface H5Group {
  keys(): string[];
  get(name: string): H5Group | H5Dataset | null;
  attrs: Record<string, { value: unknown }>;
  create_group(name: string): H5Group;
  create_dataset(args: {
    name: string;
    data: Float32Array;
    shape: number[];
    dtype: string;
  }): unknown;
  create_attribute(name: string, value: string): void;
}
export interface H5Dataset {
  metadata: { type: number };
  shape: number[] | null;
  value: ArrayLike<number> | number;
}
interface H5 {
  ready: Promise<unknown>;
  File: new (file: string, mode: 'r' | 'w') => H5Group & { close(): void };
}

async function library(): Promise<H5> {
  const h5 = (await import('h5wasm/node' as string)) as H5;
  await h5.ready;
  return h5;
}

/** An HDF5 file as bytes, filled by `fill`. */
export async function writeHdf5(fill: (root: H5Group) => void): Promise<Uint8Array> {
  const { File } = await library();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-h5-'));
  const file = path.join(folder, 'weights.h5');
  try {
    const opened = new File(file, 'w');
    try {
      fill(opened);
    } finally {
      opened.close();
    }
    return fs.readFileSync(file);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Reads an HDF5 file. *
 * @throws GradbookError `bad-file` when it is not one, and errors of `read`
 */
export async function readHdf5<T>(file: string, read: (root: H5Group) => T): Promise<T> {
  const head = Buffer.alloc(signature.length);
  const handle = fs.openSync(file, 'r');
  fs.readSync(handle, head);
  fs.closeSync(handle);
  if (!head.equals(signature)) throw new GradbookError(`${file} is not an HDF5 file`, 'bad-file');
  const { File } = await library();
  let opened: (H5Group & { close(): void }) | undefined;
  try {
    opened = new File(file, 'r');
    return read(opened);
  } catch (error) {
    if (error instanceof GradbookError) throw error;
    throw new GradbookError(`${file} could not be read as HDF5: ${String(error)}`, 'bad-file', {
      cause: error,
    });
  } finally {
    opened?.close();
  }
}

/** The group of that name, or undefined. */
export function subgroup(group: H5Group, name: string): H5Group | undefined {
  const found = group.keys().includes(name) ? group.get(name) : null;
  return found && 'keys' in found ? (found as H5Group) : undefined;
}
