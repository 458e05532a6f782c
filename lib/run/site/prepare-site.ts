import * as path from 'node:path';
import type { Summary } from '../summary/summary';
import { convertExecuted } from './convert';
import { prepareLive } from './live/write-live';

/**
 * Fills the caches of `writeSite` with what is final while other notebooks still run, one step after the
 * other: less is left to do after the last notebook.
 *
 * @param summary of the notebooks that have finished
 * @param pending names of the others
 * @throws GradbookError as `writeSite`
 */
export async function prepareSite(
  summary: Summary,
  out: string,
  cache: string,
  pending: readonly string[],
  data?: string,
): Promise<void> {
  await convertExecuted(summary, out, cache);
  await prepareLive(summary, out, path.join(cache, 'live'), pending, data);
}
