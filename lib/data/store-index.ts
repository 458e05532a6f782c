import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Bytes of an index for each row: what the file was when it was decoded; zeros where it was not. */
export const digestBytes = 16;

/** Where the row of a file lies in an earlier store. */
export interface OlderRow {
  data: string;
  row: number;
}

/** Digests of path, size and time of change of each file, one after the other. */
export function digestsOf(files: readonly string[], folder: string): Buffer {
  const digests = files.map((file) => {
    const { size, mtimeMs } = fs.statSync(file);
    const named = path.relative(folder, file);
    return sha256([named, size, mtimeMs].join('\0')).subarray(0, digestBytes);
  });
  return Buffer.concat(digests);
}

export function digestAt(digests: Buffer, row: number): string {
  return digests.toString('hex', row * digestBytes, (row + 1) * digestBytes);
}

/** The rows that an index and a file of rows, which has room for `written`, both have. */
export function rowsInIndex(index: Buffer, digests: Buffer, written: number): number[] {
  const count = Math.min(digests.length / digestBytes, Math.floor(written));
  return Array.from({ length: count }, (_, row) => row).filter((row) => {
    const place = [row * digestBytes, (row + 1) * digestBytes] as const;
    return index.subarray(...place).equals(digests.subarray(...place));
  });
}

/** The indexes in a folder, without the one that is called `own`. */
export function olderIndexes(dir: string, own: string): string[] {
  if (!fs.existsSync(dir)) return [];
  const names = fs.readdirSync(dir).filter((name) => name.endsWith('.index') && name !== own);
  return names.map((name) => path.join(dir, name));
}

/** The file of rows that belongs to an index. */
export function dataOf(index: string): string {
  return index.replace(/index$/, 'u8');
}

/** The rows of stores by their digests. */
export function rowsOfStores(indexes: readonly string[]): Map<string, OlderRow> {
  const rows = new Map<string, OlderRow>();
  for (const file of indexes) {
    const index = fs.readFileSync(file);
    for (let row = 0; (row + 1) * digestBytes <= index.length; row++) {
      const digest = digestAt(index, row);
      if (!/^0+$/.test(digest)) rows.set(digest, { data: dataOf(file), row });
    }
  }
  return rows;
}

export function sha256(content: string | Buffer): Buffer {
  return crypto.createHash('sha256').update(content).digest();
}
