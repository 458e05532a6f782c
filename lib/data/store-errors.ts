import { GradbookError } from '../runtime';

/** What the disk says of the cache of decoded images, as an error that tells what to do. */
export function explainCache(error: unknown, dir: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof GradbookError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return noRoom(dir, message, error);
  return new GradbookError(
    `the cache of decoded images cannot be used: ${message}: repair it, or let GRADBOOK_CACHE name another folder`,
    'bad-cache',
    { cause: error },
  );
}

export function noRoom(dir: string, problem: string, cause?: unknown): GradbookError {
  return new GradbookError(
    `${dir} has no room: ${problem}: free some, give a smaller size, or let GRADBOOK_CACHE name a folder on another disk`,
    'disk-full',
    { cause },
  );
}
