import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The files of a data set. */
export const dataFiles = ['data.npz', 'labels.csv', 'pokemon_types.txt'] as const;

/** The file that records what a built data set was made of. */
export const stampFile = 'build.json';

/** What a data set is made of: the same plan gives the same files. */
export interface BuildPlan {
  /** Increased when the builder's output for the same options changes. */
  recipe: number;
  seed: number;
  count: number;
  size: number;
  /** `panoramas`, or the number and the hash of the user's own. */
  photos: string;
  /** The rows at the end that are the test set. */
  testRows: number;
  /** Names of the photos used for the test rows; training rows use others. */
  testPhotos: string[];
  /** Versions of the packages that the files depend on. */
  versions: Record<string, string>;
}

/** The content of `build.json`. */
export interface BuildRecord extends BuildPlan {
  files: Record<string, { bytes: number; sha256: string }>;
}

/** Hash of a content in pieces, in hexadecimal. */
export function sha256(parts: readonly Uint8Array[]): string {
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Reads `build.json` of a folder; undefined if missing or invalid. */
export function readRecord(dir: string): BuildRecord | undefined {
  try {
    const record = JSON.parse(fs.readFileSync(path.join(dir, stampFile), 'utf8')) as BuildRecord;
    return record && typeof record.files === 'object' ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The record of the data set in `dir`, if it was built by `plan` and every file has its hash;
 * undefined otherwise.
 */
export function isBuilt(dir: string, plan: BuildPlan): BuildRecord | undefined {
  const record = readRecord(dir);
  if (!record) return undefined;
  const { files, ...made } = record;
  if (JSON.stringify(made) !== JSON.stringify(plan)) return undefined;
  return dataFiles.every((name) => isWhole(path.join(dir, name), files[name])) ? record : undefined;
}

function isWhole(file: string, expected: { bytes: number; sha256: string } | undefined): boolean {
  try {
    if (fs.statSync(file).size !== expected?.bytes) return false;
    return sha256([fs.readFileSync(file)]) === expected.sha256;
  } catch {
    return false;
  }
}
