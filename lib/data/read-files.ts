import { progress } from '../notebook';
import { type GradbookError, interruptCount, interruptSince } from '../runtime';
import { type BadPictures, refuseBad } from './bad-pictures';

export interface ReadingOptions {
  /** Of the folder, for the progress bar. */
  name: string;
  total: number;
  /** How many of them need not be read. */
  kept?: number;
  /** Splits that have no folder, and how many files and folders were left out: told at the end. */
  drawn: readonly string[];
  leftOut: number;
  /** Whether files that cannot be read are no error. */
  skipBad: boolean;
  /** The error after an interrupt, from how many were read. Default: interrupts do not stop the reading. */
  stopped?: (done: number) => GradbookError;
}

/**
 * Reads the files of a folder with a progress bar.
 *
 * @param read calls its argument for each file, with the error where it could not be read
 * @returns the files that could not be read, by their row
 * @throws GradbookError `bad-picture` where there are any, without `skipBad`; whatever `read` throws
 */
export async function readFiles(
  { name, total, kept = 0, drawn, leftOut, skipBad, stopped }: ReadingOptions,
  read: (onRow: (row: number, error?: GradbookError) => void) => Promise<void>,
): Promise<BadPictures> {
  const bar = progress({ label: `reading ${name}`, total, unit: 'picture' });
  const found: [number, GradbookError][] = [];
  const since = interruptCount();
  const isStopped = () => stopped !== undefined && interruptSince(since);
  let done = kept;
  let bad: BadPictures;
  try {
    await read((row, error) => {
      if (isStopped()) throw stopped!(done);
      if (error) found.push([row, error]);
      bar.update(++done);
    });
    bad = new Map(found.sort(([a], [b]) => a - b));
    if (!skipBad) refuseBad(bad, total);
  } catch (error) {
    if (isStopped()) bar.stop();
    else bar.fail('');
    throw error;
  }
  bar.done({
    ...(kept ? { 'from the cache': kept } : {}),
    ...(drawn.length ? { 'drawn from train': drawn.join(', ') } : {}),
    ...(leftOut ? { 'left out': leftOut } : {}),
    ...(bad.size ? { 'could not be read': bad.size } : {}),
  });
  return bad;
}
