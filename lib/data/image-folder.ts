import * as path from 'node:path';
import { progress } from '../notebook';
import { GradbookError, inWorkspace } from '../runtime';
import type { ImageFolderAccount } from './account';
import { type BadPictures, badAsLeftOut, refuseBad } from './bad-pictures';
import { drawnSplits, type FolderSplitOptions, labelsOf, splitFolder } from './folder-splits';
import { type LabelledFile, listImageFolder } from './image-files';
import { inParallel } from './in-parallel';
import { checkSide, decodedAtOnce, readPicture, squareOf } from './pictures';
import type { Splits } from './pokemon';

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
 * @throws GradbookError `no-classes`, `too-few-images`, `unknown-class` for a class that `train/`
 *   lacks, `bad-image` with the names of all bad files, `bad-option`, `bad-split` or `too-big`
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
  const name = path.basename(folder);
  const drawn = drawnSplits(listed);
  const read = await readImages(listed, { size, name, drawn, leftOut: leftOut.length, skipBad });
  const files = listed.filter((_, row) => !read.bad.has(row));
  leftOut.push(...badAsLeftOut(read.bad, listed, folder));
  const all = { ...labelsOf(files, { size, classNames }), images: read.images, masks: null };
  return splitFolder(all, files, leftOut, options);
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
): Promise<{ images: Uint8Array; bad: BadPictures }> {
  const { size, name, skipBad, drawn, leftOut } = options;
  const images = new Uint8Array(files.length * size * size * 3);
  const bar = progress({ label: `reading ${name}`, total: files.length, unit: 'picture' });
  const found: [number, GradbookError][] = [];
  let done = 0;
  let bad: BadPictures;
  try {
    await inParallel(files.length, decodedAtOnce, async (row) => {
      try {
        const { rgb } = await readPicture(files[row]!.file, squareOf(size));
        images.set(rgb, row * size * size * 3);
      } catch (error) {
        found.push([row, error as GradbookError]);
      }
      bar.update(++done);
    });
    bad = new Map(found.sort(([a], [b]) => a - b));
    if (!skipBad) refuseBad(bad, files.length);
  } catch (error) {
    bar.fail('');
    throw error;
  }
  bar.done({
    ...(drawn.length ? { 'drawn from train': drawn.join(', ') } : {}),
    ...(leftOut ? { 'left out': leftOut } : {}),
    ...(bad.size ? { 'could not be read': bad.size } : {}),
  });
  const picture = size * size * 3;
  let kept = 0;
  for (let row = 0; row < files.length && bad.size > 0; row++) {
    if (bad.has(row)) continue;
    images.copyWithin(kept * picture, row * picture, (row + 1) * picture);
    kept++;
  }
  return { images: bad.size > 0 ? images.slice(0, kept * picture) : images, bad };
}
