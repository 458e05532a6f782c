import * as path from 'node:path';
import { GradbookError, inWorkspace } from '../runtime';
import type { ImageFolderAccount } from './account';
import { type BadPictures, badAsLeftOut } from './bad-pictures';
import { drawnSplits, labelsOf, splitFolder } from './folder-splits';
import { type FolderListing, listImageFolder } from './image-files';
import type { ImageFolderOptions } from './image-folder';
import { PictureStore } from './picture-store';
import { checkSide, decodedAtOnce } from './pictures';
import type { Splits } from './pokemon';
import { readFiles } from './read-files';
import { storedSubset } from './stored-rows';
import type { StreamedImageSet } from './types';

/** How a folder of images that does not fit into memory is read and split. */
export interface ImageFolderStreamOptions extends ImageFolderOptions {
  /**
   * Decodes what is not in the cache before anything else, and finds files that cannot be read. False:
   * an image is decoded with the first batch that needs it, so that training begins at once; one that
   * cannot be read ends it. Default true.
   */
  decodeFirst?: boolean;
}

/** The splits of a folder of images that stay on disk, and what was read. */
export interface ImageFolderStreamSplits extends Splits<StreamedImageSet> {
  account: ImageFolderAccount;
}

/**
 * As `imageFolder`, for any number of images: they stay on disk, and a batch's rows are read when it
 * is near. The splits, their rows and their numbers are those of `imageFolder` with the same options;
 * `train`, `evaluate`, `predict` and `computeFeatures` take `examplesOf(set)` and give the same results,
 * bit for bit, shuffled by the same seed across the whole set. `toImageSet(subset(set, rows))` has some
 * of the images in memory, to be drawn or explained.
 *
 * Each image is decoded once, in parallel, and kept as bytes: `size · size · 3` of them an image
 * (3.8 GB for 25,000 at 224) in `.cache/images`, keyed by the file's path, size and time of change,
 * and by `size`. Changed and new files alone are decoded again; the store of a folder replaces its
 * earlier one. Delete the folder whenever you like.
 *
 * @throws GradbookError as `imageFolder`, but for `too-big`; `disk-full`, `bad-cache`; `interrupted`
 *   when the user stopped the decoding (what was decoded is kept)
 *
 * @example
 * const streamed = await imageFolderStream('images', { size: 224, seed: 1 });
 * await train(model, examplesOf(streamed.train), {
 *   epochs: 3,
 *   validationData: examplesOf(streamed.validation),
 * });
 */
export async function imageFolderStream(
  dir: string,
  options: ImageFolderStreamOptions = {},
): Promise<ImageFolderStreamSplits> {
  const { size = 64, minPerClass = 4, skipBad = false, decodeFirst = true } = options;
  checkSide(size);
  if (skipBad && !decodeFirst) {
    throw new GradbookError(
      'skipBad needs decodeFirst: which files cannot be read is known when all are decoded',
      'bad-option',
    );
  }
  const folder = inWorkspace(dir);
  const listing = listImageFolder(folder, minPerClass);
  const { classNames, files: listed, leftOut } = listing;
  const store = new PictureStore(
    folder,
    listed.map(({ file }) => file),
    size,
  );
  const bad: BadPictures = decodeFirst
    ? await decodeAll(store, listing, { name: path.basename(folder), skipBad })
    : new Map();
  const files = listed.filter((_, row) => !bad.has(row));
  leftOut.push(...badAsLeftOut(bad, listed, folder));
  const good = Int32Array.from(listed.keys()).filter((row) => !bad.has(row));
  const pictures = bad.size > 0 ? storedSubset(store.rows(), good) : store.rows();
  return splitFolder(
    { ...labelsOf(files, { size, classNames }), pictures },
    files,
    leftOut,
    options,
  );
}

/** Decodes what is not in the cache. Returns what could not be read. */
function decodeAll(
  store: PictureStore,
  { files, leftOut }: FolderListing,
  { name, skipBad }: { name: string; skipBad: boolean },
): Promise<BadPictures> {
  const total = files.length;
  const stopped = (done: number) =>
    new GradbookError(
      `reading ${name}: stopped after ${done} of ${total} images, which are kept`,
      'interrupted',
    );
  return readFiles(
    {
      ...{ name, total, kept: total - store.missing, drawn: drawnSplits(files) },
      ...{ leftOut: leftOut.length, skipBad, stopped },
    },
    (onRow) => store.decodeMissing(decodedAtOnce, onRow),
  );
}
