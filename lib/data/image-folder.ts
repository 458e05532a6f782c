import * as fs from 'node:fs';
import * as path from 'node:path';
import { progress } from '../notebook';
import { GradbookError, inWorkspace } from '../runtime';
import { checkLink, pictureFiles, pictureKinds, readPicture } from './pictures';
import type { Splits } from './pokemon';
import { range } from './rows';
import { split } from './split';
import type { ImageSet } from './types';

/** How a folder of pictures is read and split. */
export interface ImageFolderOptions {
  /** Side in pixels: pictures are scaled to cover this square and cut at the middle. Default 64. */
  size?: number;
  /** Part of the pictures that becomes the test set. Default 0.125. */
  test?: number;
  /** Part of the others that becomes the validation set. Default 0.125. */
  validation?: number;
  /** Whether the parts keep the proportions of the classes. Default true. */
  stratified?: boolean;
  /** Seed of the splits. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
  /** Fewest pictures that a class may have. Default 4. */
  minPerClass?: number;
}

interface LabelledFile {
  file: string;
  label: number;
}

const mostClasses = 255;
const mostBytes = 2 ** 31;
const decodedAtOnce = 8;

/**
 * Makes a data set of one's own pictures: a folder with one folder a class, named as the class.
 *
 * ```
 * pictures/cat/one.jpg
 * pictures/dog/two.png
 * ```
 *
 * The sets have no masks and no secondary classes; all else works as with the pokémon.
 *
 * @throws GradbookError `no-classes`, `too-few-pictures`, `bad-picture` with the file's name,
 *   `bad-option`, `bad-split` or `too-big`
 *
 * @example
 * const { train, validation, test } = await imageFolder('pictures', { size: 64, seed: 1 });
 */
export async function imageFolder(dir: string, options: ImageFolderOptions = {}): Promise<Splits> {
  const { size = 64, test = 0.125, validation, stratified, seed, minPerClass = 4 } = options;
  if (!(Number.isInteger(size) && size > 0 && size <= 4096)) {
    throw new GradbookError(`size ${size}: give a whole number from 1 to 4096`, 'bad-option');
  }
  const folder = inWorkspace(dir);
  const classNames = classFolders(folder);
  const files = labelledFiles(folder, classNames, minPerClass);
  if (files.length * size * size * 3 > mostBytes) {
    throw new GradbookError(
      `${files.length} pictures of ${size}×${size} take more than 2 GiB: give a smaller size`,
      'too-big',
    );
  }
  const all: ImageSet = {
    ...{ name: 'all', count: files.length, height: size, width: size, classNames, masks: null },
    images: await readImages(files, size, path.basename(folder)),
    names: files.map(({ file }) => path.basename(file, path.extname(file))),
    primary: Uint8Array.from(files, ({ label }) => label),
    secondary: new Int8Array(files.length).fill(-1),
    rows: range(0, files.length),
  };
  const outer = split(all, { validation: test, stratified, seed });
  const inner = split(outer.train, { validation, stratified, seed });
  return { ...inner, test: { ...outer.validation, name: 'test' } };
}

function classFolders(folder: string): string[] {
  const names = fs.existsSync(folder)
    ? fs
        .readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .filter((name) => {
          checkLink(path.join(folder, name));
          return fs.statSync(path.join(folder, name)).isDirectory();
        })
        .sort()
    : [];
  if (names.length < 2 || names.length > mostClasses) {
    throw new GradbookError(
      `${folder} has ${names.length} class folders: give 2 to ${mostClasses}, one a class, with the pictures in them`,
      'no-classes',
    );
  }
  return names;
}

function labelledFiles(folder: string, classNames: string[], least: number): LabelledFile[] {
  return classNames.flatMap((name, label) => {
    const files = pictureFiles(path.join(folder, name));
    if (files.length < least) {
      throw new GradbookError(
        `class '${name}' has ${files.length} pictures: give at least ${least} ${pictureKinds} files in ${path.join(folder, name)}`,
        'too-few-pictures',
      );
    }
    return files.map((file) => ({ file, label }));
  });
}

async function readImages(files: LabelledFile[], size: number, name: string): Promise<Uint8Array> {
  const images = new Uint8Array(files.length * size * size * 3);
  const bar = progress({ label: `reading ${name}`, total: files.length, unit: 'picture' });
  const read = async (row: number) => {
    const { rgb } = await readPicture(files[row]!.file, (picture) =>
      picture.resize({ width: size, height: size, fit: 'cover' }),
    );
    images.set(rgb, row * size * size * 3);
  };
  try {
    for (let start = 0; start < files.length; start += decodedAtOnce) {
      const end = Math.min(files.length, start + decodedAtOnce);
      await Promise.all(Array.from(range(start, end), read));
      bar.update(end);
    }
  } catch (error) {
    bar.fail('');
    throw error;
  }
  bar.done();
  return images;
}
