import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError } from '../runtime';
import { isAlive } from './is-alive';

/**
 * Locks a folder for this process until the returned function is called. A stale lock is taken
 * over.
 *
 * @throws GradbookError `busy` when another process has it
 */
export function lockFolder(folder: string): () => void {
  const file = path.join(folder, '.lock');
  for (;;) {
    try {
      // Created by a link: the lock never exists without its content.
      const own = `${file}.${process.pid}`;
      fs.writeFileSync(own, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }));
      try {
        fs.linkSync(own, file);
      } finally {
        fs.rmSync(own, { force: true });
      }
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = readLock(file);
      if (holder && isAlive(holder.pid)) {
        const since = holder.since.slice(11, 19);
        throw new GradbookError(
          `process ${holder.pid} has been writing reports to ${folder} since ${since} UTC. ` +
            'Wait for it, or choose another folder with --out.',
          'busy',
        );
      }
      fs.rmSync(file, { force: true });
    }
  }
  const release = () => {
    if (readLock(file)?.pid === process.pid) fs.rmSync(file, { force: true });
  };
  process.once('exit', release);
  return () => {
    process.off('exit', release);
    release();
  };
}

function readLock(file: string): { pid: number; since: string } | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
