import * as path from 'node:path';
import {
  accountOf,
  countSplits,
  type ImageFolderAccount,
  type LeftOut,
  missingClasses,
  reportMissing,
} from './account';
import type { LabelledFile, Part } from './image-files';
import type { Splits } from './pokemon';
import { rowRange } from './row-range';
import { subset } from './rows';
import { splitRows } from './split';
import type { ImageSet, LabelledSet, StreamedImageSet } from './types';

/** How the images of a folder are split. */
export interface FolderSplitOptions {
  /** Part of the images that becomes the test set, where there is no folder `test/`. Default 0.125. */
  test?: number;
  /** Part of the others that becomes the validation set, where it has no folder. Default 0.125. */
  validation?: number;
  /** Whether the parts keep the proportions of the classes. Default true. */
  stratified?: boolean;
  /** Seed of the splits. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
}

/** What is known of the files' images but for their pixels. */
export function labelsOf(
  files: readonly LabelledFile[],
  { size, classNames }: { size: number; classNames: readonly string[] },
): LabelledSet {
  return {
    ...{ name: 'all', count: files.length, height: size, width: size, classNames },
    names: files.map(({ file }) => path.basename(file, path.extname(file))),
    primary: Uint8Array.from(files, ({ label }) => label),
    secondary: new Int8Array(files.length).fill(-1),
    rows: rowRange(0, files.length),
  };
}

/** The splits that have no folder of their own. */
export function drawnSplits(files: readonly LabelledFile[]): ('validation' | 'test')[] {
  return (['validation', 'test'] as const).filter((part) => !hasPart(files, part));
}

function hasPart(files: readonly LabelledFile[], part: Part): boolean {
  return files.some((file) => file.part === part);
}

/**
 * Splits the images of a folder as its split folders say, and at random where it has none; says on
 * stderr which classes a split lacks.
 *
 * @param all the images, in the order of `files`
 */
export function splitFolder<T extends ImageSet | StreamedImageSet>(
  all: T,
  files: readonly LabelledFile[],
  leftOut: readonly LeftOut[],
  { test = 0.125, validation, stratified, seed }: FolderSplitOptions,
): Splits<T> & { account: ImageFolderAccount } {
  const given = (part: Part) =>
    subset(
      all,
      Array.from(all.rows).filter((row) => (files[row]!.part ?? 'train') === part),
      part,
    );
  const outer = hasPart(files, 'test')
    ? { train: given('train'), validation: given('test') }
    : splitRows(hasPart(files, 'train') ? given('train') : all, {
        ...{ validation: test, stratified, seed },
      });
  const inner = hasPart(files, 'validation')
    ? { train: outer.train, validation: given('validation') }
    : splitRows(outer.train, { validation, stratified, seed });
  const sets = { ...inner, test: { ...outer.validation, name: 'test' } };
  const missing = missingClasses([sets.train, sets.validation, sets.test]);
  reportMissing(missing, 'add images of them, or increase the validation and test fractions');
  const account = { drawn: drawnSplits(files), classes: countSplits(sets), missing, leftOut };
  return { ...sets, account: accountOf(account) };
}
