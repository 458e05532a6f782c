import * as fs from 'node:fs';
import { root } from '../../runtime';

/** Whether a file belongs to the workspace and not to a package. */
export function isOurs(file: string): boolean {
  return file.startsWith(`${root}/`) && !file.includes('/node_modules/');
}

/** Identifies a version of a file without reading it; null when it does not exist. */
export function stampOf(file: string): string | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : null;
}

/** Tracks which files of the workspace have changed. */
export class Changes {
  private readonly stamps = new Map<string, string | null>();

  /** Which of the files have changed since they were first given here, or last reported. */
  since(files: readonly string[]): string[] {
    const changed: string[] = [];
    for (const file of files) {
      if (!isOurs(file)) continue;
      const stamp = stampOf(file);
      const before = this.stamps.get(file);
      if (before !== undefined && before !== stamp) changed.push(file);
      this.stamps.set(file, stamp);
    }
    return changed;
  }
}
