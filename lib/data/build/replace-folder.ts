import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { GradbookError } from '../../runtime';

/**
 * Replaces a folder atomically: readers see the old one, the new one, or for a moment none, never a
 * partly written one. `fill` writes into a temporary folder beside it, which then takes its place.
 * When `fill` throws, the old folder stays.
 *
 * @param names the files that belong there; a folder with the last one may be replaced
 * @throws GradbookError `foreign-folder` where the folder holds anything else
 */
export function replaceFolder(
  dir: string,
  names: readonly string[],
  fill: (folder: string) => void,
): void {
  checkReplaceable(dir, names);
  const target = fs.existsSync(dir) ? fs.realpathSync(dir) : dir;
  const suffix = `${process.pid}.${crypto.randomBytes(4).toString('hex')}`;
  const fresh = `${target}.${suffix}.tmp`;
  fs.mkdirSync(fresh, { recursive: true });
  try {
    fill(fresh);
    swap(fresh, target, `${target}.${suffix}.old`);
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

function swap(fresh: string, target: string, old: string): void {
  const moved = fs.existsSync(target);
  if (moved) fs.renameSync(target, old);
  try {
    fs.renameSync(fresh, target);
  } catch (error) {
    // Another builder may have written its folder in the meantime: that one stays.
    if (moved && !fs.existsSync(target)) fs.renameSync(old, target);
    throw error;
  }
  fs.rmSync(old, { recursive: true, force: true });
}

/** Throws what `replaceFolder` would, before the work is done. */
export function checkReplaceable(dir: string, names: readonly string[]): void {
  const present = fs.existsSync(dir) ? fs.readdirSync(dir) : [];
  const stamped = present.includes(names[names.length - 1]!);
  const foreign = present.filter((name) => !stamped || !names.includes(name));
  if (foreign.length > 0) {
    throw new GradbookError(
      `${dir} holds files that were not built here (${foreign.slice(0, 3).join(', ')}): name another folder, or move them away`,
      'foreign-folder',
    );
  }
}
