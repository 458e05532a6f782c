import * as path from 'node:path';
import { type Progress, progress } from '../notebook';
import { environment, GradbookError, inWorkspace } from '../runtime';
import { missingClasses, reportMissing } from './account';
import { readLabels, readTypes } from './labels';
import { type ByteArray, readByteArray } from './npz-read';
import { rowRange } from './row-range';
import { subset } from './rows';
import { splitRows } from './split';
import type { ImageSet } from './types';
import { readZipDirectory } from './zip-read';

/** Where a data set is read from. */
export interface ReadPokemonOptions {
  /** Folder of `data.npz`, `labels.csv` and `pokemon_types.txt`. Default: `GRADBOOK_DATA`, or `data/pokemon`. */
  dir?: string;
  /** Most bytes that an array may take when inflated. Default 2 GiB. */
  maxBytes?: number;
}

/** How a data set is split. */
export interface SplitPokemonOptions {
  /** Rows at the end that are the test set. Default: 500 of 4,500, a ninth of any other number. */
  test?: number;
  /** Part of the training rows that becomes the validation set. Default 0.125. */
  validation?: number;
  /** Whether the validation set keeps the proportions of the primary types. Default true. */
  stratified?: boolean;
  /** Seed of the validation split. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
  /** Number of training rows to use, validation included. Default 0: all. */
  examples?: number;
  /** Number of test rows to use. Default 0: all. */
  testExamples?: number;
}

/** Where a data set is read from, and how it is split. */
export type LoadPokemonOptions = ReadPokemonOptions & SplitPokemonOptions;

/** A data set, split. */
export interface Splits<T = ImageSet> {
  train: T;
  validation: T;
  test: T;
}

/**
 * Reads a data set in the layout of the course and splits it as the paper does: the last 500 rows
 * are the test set, an eighth of the rest is the validation set.
 *
 * @throws GradbookError for any error in the files, with the file and the position
 *
 * @example
 * const { train, validation, test } = await loadPokemon({ seed: 1 });
 */
export async function loadPokemon(options: LoadPokemonOptions = {}): Promise<Splits> {
  return splitPokemon(await readPokemon(options), options);
}

/**
 * Splits what `readPokemon` read as `loadPokemon` does. A split that lacks a class causes a warning
 * on stderr, unless `examples` or `testExamples` limits the rows.
 *
 * @throws GradbookError `bad-split`
 */
export function splitPokemon(all: ImageSet, options: SplitPokemonOptions = {}): Splits {
  const { test = Math.max(1, Math.round(all.count / 9)), examples = 0, testExamples = 0 } = options;
  const rest = all.count - test;
  if (!(Number.isInteger(test) && test >= 0 && rest > 0)) {
    throw new GradbookError(
      `test ${test}: give an integer of rows below the data set's ${all.count}`,
      'bad-split',
    );
  }
  for (const [name, value] of Object.entries({ examples, testExamples })) {
    if (!(Number.isInteger(value) && value >= 0)) {
      throw new GradbookError(`${name} ${value}: give an integer, 0 for all`, 'bad-split');
    }
  }
  const tested = testExamples ? Math.min(testExamples, test) : test;
  const training = subset(all, rowRange(0, examples ? Math.min(examples, rest) : rest), 'train');
  const { train, validation } = splitRows(training, options);
  const sets = { train, validation, test: subset(all, rowRange(rest, rest + tested), 'test') };
  // A small subset usually lacks classes.
  if (examples === 0 && testExamples === 0) {
    reportMissing(
      missingClasses([train, validation, sets.test]),
      'the last rows of the data set are its test set, so shuffle rows that are sorted by class',
    );
  }
  return sets;
}

/** Reads a data set in the layout of the course without splitting it, in file order. */
export async function readPokemon(options: ReadPokemonOptions = {}): Promise<ImageSet> {
  const { maxBytes = 2 ** 31 } = options;
  const dir = options.dir ? inWorkspace(options.dir) : environment().dataDir;
  const file = path.join(dir, 'data.npz');
  const entries = readZipDirectory(file);
  const classNames = readTypes(path.join(dir, 'pokemon_types.txt'));
  const labels = readLabels(path.join(dir, 'labels.csv'), classNames);

  const imageEntry = entries.get('images.npy');
  const maskEntry = entries.get('masks.npy');
  if (!imageEntry) {
    throw new GradbookError(
      `${file} has no array 'images', only ${[...entries.keys()].join(', ') || 'nothing'}`,
      'missing-array',
    );
  }
  const total = imageEntry.size + (maskEntry?.size ?? 0);
  const bar = total > worthABar ? readingBar(total) : undefined;
  try {
    const images = await readByteArray(file, imageEntry, {
      ...{ kind: 'images', maxBytes },
      checkShape: (shape) => checkImageShape(shape, labels.names.length),
      onBytes: (bytes) => bar?.update(megabytes(bytes)),
    });
    checkByteImages(images);
    const masks =
      maskEntry &&
      (await readByteArray(file, maskEntry, {
        ...{ kind: 'masks', maxBytes },
        checkShape: (shape) => checkMaskShape(shape, images.shape),
        onBytes: (bytes) => bar?.update(megabytes(imageEntry.size + bytes)),
      }));
    bar?.done();
    const [count, height, width] = images.shape as [number, number, number];
    return {
      ...{ name: 'all', count, height, width, classNames },
      images: images.values,
      masks: masks?.values ?? null,
      ...labels,
      rows: rowRange(0, count),
    };
  } catch (error) {
    bar?.fail('');
    throw error;
  }
}

/** File size in bytes from which a progress bar is shown. */
const worthABar = 20e6;

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);

function readingBar(total: number): Progress {
  return progress({ label: 'reading the data set', total: megabytes(total), unit: 'megabyte' });
}

/** Integers 0 and 1 would give an almost black image. */
function checkByteImages({ dtype, values }: ByteArray): void {
  if (dtype === 'u1' && values.every((value) => value <= 1)) {
    throw new GradbookError(
      'images are integers, none above 1: give floats from 0 to 1, or uint8 from 0 to 255',
      'bad-values',
    );
  }
}

function checkImageShape(shape: number[], labels: number): void {
  const [count, height, width, channels] = shape;
  const sides = [height, width].every((side) => side !== undefined && side > 0 && side <= 4096);
  if (!(shape.length === 4 && count! > 0 && sides && channels === 3)) {
    throw new GradbookError(
      `images have shape (${shape.join(', ')}): give (count, height, width, 3), sides from 1 to 4096`,
      'bad-shape',
    );
  }
  if (count !== labels) {
    throw new GradbookError(
      `there are ${count} images and ${labels} labels: data.npz and labels.csv belong to different data sets`,
      'count-mismatch',
    );
  }
}

function checkMaskShape(shape: number[], images: readonly number[]): void {
  const expected = images.slice(0, 3);
  const fits = expected.every((length, axis) => shape[axis] === length);
  if (!(fits && (shape.length === 3 || (shape.length === 4 && shape[3] === 1)))) {
    throw new GradbookError(
      `masks have shape (${shape.join(', ')}) and images (${images.join(', ')}): give (${expected.join(', ')}, 1)`,
      'bad-shape',
    );
  }
}
