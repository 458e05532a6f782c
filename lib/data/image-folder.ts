import * as path from 'node:path';
import { progress } from '../notebook';
import { GradbookError, inWorkspace } from '../runtime';
import {
  accountOf,
  countSplits,
  type ImageFolderAccount,
  missingClasses,
  reportMissing,
} from './account';
import { type LabelledFile, listImageFolder, type Part } from './image-files';
import { readPicture } from './pictures';
import type { Splits } from './pokemon';
import { rowRange, subset } from './rows';
import { splitRows } from './split';
import type { ImageSet } from './types';

/** How a folder of images is read and split. */
export interface ImageFolderOptions {
  /** Side in pixels: images are scaled to cover this square and cut at the middle. Default 64. */
  size?: number;
  /** Fraction of the images for the test set, where there is no folder `test/`. Default 0.125. */
  test?: number;
  /** Fraction of the rest for the validation set, where it has no folder. Default 0.125. */
  validation?: number;
  /** Whether the splits are stratified by class. Default true. */
  stratified?: boolean;
  /** Seed of the splits. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
  /** Fewest images that a class may have. Default 4. */
  minPerClass?: number;
  /** Skips unreadable files and lists them in the account, instead of throwing. Default false. */
  skipBad?: boolean;
}

/** The splits of a folder of images, and what was read. */
export interface ImageFolderSplits extends Splits {
  account: ImageFolderAccount;
}

const mostBytes = 2 ** 31;
const decodedAtOnce = 8;

/**
 * Reads a data set from image folders: one subfolder per class, named as the class.
 *
 * ```
 * images/cat/one.jpg
 * images/dog/two.png
 * ```
 *
 * Or with split folders, as torchvision, Keras and Kaggle lay data out: `train/cat/one.jpg`,
 * `test/cat/two.jpg`, and `val/`, `valid/` or `validation/`. A split without a folder is drawn from
 * `train/`, and a printed line says so, with the number of files and folders left out; `account` of
 * the result lists each with its reason, and counts the images of each class in each split. A cell
 * that ends with `sets.account` shows it as tables. A split that lacks a class causes a warning on
 * stderr.
 *
 * The sets have no masks and no secondary classes; all else works as with the pokémon.
 *
 * @throws GradbookError `no-classes`, `too-few-pictures`, `unknown-class` for a class that `train/`
 *   lacks, `bad-picture` with the names of all bad files, `bad-option`, `bad-split` or `too-big`
 *
 * @example
 * const { train, validation, test } = await imageFolder('images', { size: 64, seed: 1 });
 */
export async function imageFolder(
  dir: string,
  options: ImageFolderOptions = {},
): Promise<ImageFolderSplits> {
  const {
    size = 64,
    test = 0.125,
    validation,
    stratified,
    seed,
    minPerClass = 4,
    skipBad = false,
  } = options;
  if (!(Number.isInteger(size) && size > 0 && size <= 4096)) {
    throw new GradbookError(`size ${size}: give an integer from 1 to 4096`, 'bad-option');
  }
  const folder = inWorkspace(dir);
  const { classNames, files: listed, leftOut } = listImageFolder(folder, minPerClass);
  const isGiven = (part: Part) => listed.some((file) => file.part === part);
  const drawn = (['validation', 'test'] as const).filter((part) => !isGiven(part));
  if (listed.length * size * size * 3 > mostBytes) {
    throw new GradbookError(
      `${listed.length} images of ${size}×${size} take more than 2 GiB: give a smaller size`,
      'too-big',
    );
  }
  const name = path.basename(folder);
  const read = await readImages(listed, { size, name, drawn, leftOut: leftOut.length, skipBad });
  const files = listed.filter((_, row) => !read.bad.has(row));
  for (const [row, { cause, message }] of read.bad) {
    const reason = cause instanceof Error ? cause.message : message;
    leftOut.push({ file: path.relative(folder, listed[row]!.file), reason });
  }
  const all: ImageSet = {
    ...{ name: 'all', count: files.length, height: size, width: size, classNames, masks: null },
    images: read.images,
    names: files.map(({ file }) => path.basename(file, path.extname(file))),
    primary: Uint8Array.from(files, ({ label }) => label),
    secondary: new Int8Array(files.length).fill(-1),
    rows: rowRange(0, files.length),
  };
  const given = (part: Part) =>
    subset(
      all,
      Array.from(all.rows).filter((row) => (files[row]!.part ?? 'train') === part),
      part,
    );
  const outer = isGiven('test')
    ? { train: given('train'), validation: given('test') }
    : splitRows(isGiven('train') ? given('train') : all, { validation: test, stratified, seed });
  const inner = isGiven('validation')
    ? { train: outer.train, validation: given('validation') }
    : splitRows(outer.train, { validation, stratified, seed });
  const sets = { ...inner, test: { ...outer.validation, name: 'test' } };
  const missing = missingClasses([sets.train, sets.validation, sets.test]);
  reportMissing(missing, 'add images of them, or increase the validation and test fractions');
  const classes = countSplits(sets);
  return { ...sets, account: accountOf({ drawn, classes, missing, leftOut }) };
}

/** The images in the order of their files, without those at the rows that are `bad`. */
async function readImages(
  files: LabelledFile[],
  options: {
    size: number;
    name: string;
    drawn: readonly string[];
    leftOut: number;
    skipBad: boolean;
  },
): Promise<{ images: Uint8Array; bad: Map<number, GradbookError> }> {
  const { size, name, skipBad, drawn, leftOut } = options;
  const images = new Uint8Array(files.length * size * size * 3);
  const bar = progress({ label: `reading ${name}`, total: files.length, unit: 'image' });
  const badRows = new Map<number, GradbookError>();
  const read = async (row: number) => {
    const { rgb } = await readPicture(files[row]!.file, (picture) =>
      picture.resize({ width: size, height: size, fit: 'cover' }),
    );
    images.set(rgb, row * size * size * 3);
  };
  try {
    for (let start = 0; start < files.length; start += decodedAtOnce) {
      const end = Math.min(files.length, start + decodedAtOnce);
      const results = await Promise.allSettled(Array.from(rowRange(start, end), read));
      results.forEach((result, i) => {
        if (result.status === 'rejected') badRows.set(start + i, result.reason);
      });
      bar.update(end);
    }
    const bad = [...badRows.values()];
    if (bad.length === 1 && !skipBad) throw bad[0];
    if (bad.length > 1 && !skipBad) {
      const shown = bad.slice(0, 20).map(({ message }) => message);
      const more = bad.length > 20 ? `\n… and ${bad.length - 20} more` : '';
      throw new GradbookError(
        `${bad.length} of ${files.length} images could not be read:\n${shown.join('\n')}${more}`,
        'bad-picture',
      );
    }
  } catch (error) {
    bar.fail('');
    throw error;
  }
  bar.done({
    ...(drawn.length ? { 'drawn from train': drawn.join(', ') } : {}),
    ...(leftOut ? { 'left out': leftOut } : {}),
    ...(badRows.size ? { 'could not be read': badRows.size } : {}),
  });
  const picture = size * size * 3;
  let kept = 0;
  for (let row = 0; row < files.length && badRows.size > 0; row++) {
    if (badRows.has(row)) continue;
    images.copyWithin(kept * picture, row * picture, (row + 1) * picture);
    kept++;
  }
  return { images: badRows.size > 0 ? images.slice(0, kept * picture) : images, bad: badRows };
}
