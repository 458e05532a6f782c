import * as path from 'node:path';
import { GradbookError } from '../runtime';
import type { LeftOut } from './account';
import type { LabelledFile } from './image-files';

/** Images that could not be read, by their row. */
export type BadPictures = ReadonlyMap<number, GradbookError>;

/** Throws GradbookError `bad-picture` with the names of up to twenty, where there are any. */
export function refuseBad(bad: BadPictures, total: number): void {
  const all = [...bad.values()];
  if (all.length === 0) return;
  if (all.length === 1) throw all[0];
  const shown = all.slice(0, 20).map(({ message }) => message);
  const more = all.length > 20 ? `\n… and ${all.length - 20} more` : '';
  throw new GradbookError(
    `${all.length} of ${total} images could not be read:\n${shown.join('\n')}${more}`,
    'bad-picture',
  );
}

/** The same for an account. */
export function badAsLeftOut(
  bad: BadPictures,
  files: readonly LabelledFile[],
  folder: string,
): LeftOut[] {
  return Array.from(bad, ([row, { cause, message }]) => ({
    file: path.relative(folder, files[row]!.file),
    reason: cause instanceof Error ? cause.message : message,
  }));
}
