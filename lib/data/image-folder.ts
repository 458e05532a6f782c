import * as path from 'node:path';
import { GradbookError, inWorkspace } from '../runtime';
import type { ImageFolderAccount } from './account';
import { type BadPictures, badAsLeftOut } from './bad-pictures';
import { drawnSplits, type FolderSplitOptions, labelsOf, splitFolder } from './folder-splits';
import { type LabelledFile, listImageFolder } from './image-files';
import { inParallel } from './in-parallel';
import { checkSide, decodedAtOnce, readPicture, squareOf } from './pictures';
import type { Splits } from './pokemon';
import { type ReadingOptions, readFiles } from './read-files';

/** How a folder of images is read and split. */
export interface ImageFolderOptions extends FolderSplitOptions {
  /** Side in pixels: images are scaled to cover this square and cut at the middle. Default 64. */
  size?: number;
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
  const { size = 64, minPerClass = 4, skipBad = false } = options;
  checkSide(size);
  const folder = inWorkspace(dir);
  const { classNames, files: listed, leftOut } = listImageFolder(folder, minPerClass);
  if (listed.length * size * size * 3 > mostBytes) {
    throw new GradbookError(
      `${listed.length} images of ${size}×${size} take more than 2 GiB: call imageFolderStream, which reads them from the disk batch by batch, or give a smaller size`,
      'too-big',
    );
  }
  const read = await readImages(listed, size, {
    name: path.basename(folder),
    total: listed.length,
    drawn: drawnSplits(listed),
    leftOut: leftOut.length,
    skipBad,
  });
  const files = listed.filter((_, row) => !read.bad.has(row));
  leftOut.push(...badAsLeftOut(read.bad, listed, folder));
  const all = { ...labelsOf(files, { size, classNames }), images: read.images, masks: null };
  return splitFolder(all, files, leftOut, options);
}

/** The images in the order of their files, without those at the rows that are `bad`. */
async function readImages(
  files: readonly LabelledFile[],
  size: number,
  options: ReadingOptions,
): Promise<{ images: Uint8Array; bad: BadPictures }> {
  const picture = size * size * 3;
  const images = new Uint8Array(files.length * picture);
  const bad = await readFiles(options, (onRow) =>
    inParallel(files.length, decodedAtOnce, async (row) => {
      try {
        const { rgb } = await readPicture(files[row]!.file, squareOf(size));
        images.set(rgb, row * picture);
      } catch (error) {
        return onRow(row, error as GradbookError);
      }
      onRow(row);
    }),
  );
  let kept = 0;
  for (let row = 0; row < files.length && bad.size > 0; row++) {
    if (bad.has(row)) continue;
    images.copyWithin(kept * picture, row * picture, (row + 1) * picture);
    kept++;
  }
  return { images: bad.size > 0 ? images.slice(0, kept * picture) : images, bad };
}
