import * as fs from 'node:fs';
import { readJson, writeWhole } from './files.mjs';

// A stamp file is in the folder that it describes, is written last, and records what the folder was
// made from. If it is missing, invalid or different, the step is run again.

/**
 * @param {string} file
 * @param {Record<string, string>} made the expected content
 * @returns {boolean} whether the stamp has that content
 */
export function stampHolds(file, made) {
  const stamp = readJson(file);
  return (
    stamp !== undefined && Object.entries(made).every(([name, value]) => stamp[name] === value)
  );
}

/**
 * @param {string} file
 * @param {Record<string, unknown>} made
 */
export function writeStamp(file, made) {
  writeWhole(file, `${JSON.stringify(made, undefined, 2)}\n`);
}

/** @param {string} file */
export function removeStamp(file) {
  fs.rmSync(file, { force: true });
}
