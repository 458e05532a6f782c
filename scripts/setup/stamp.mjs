import * as fs from 'node:fs';
import { readJson, writeWhole } from './files.mjs';

// A stamp stands inside the thing it speaks for, is written last, and holds what the thing was made
// from. No stamp, half a stamp or another key: the step is done again.

/**
 * @param {string} file
 * @param {Record<string, string>} made what the thing should have been made from
 * @returns {boolean} whether the stamp says just that
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
