import type { ImageFolderAccount } from './account';
import { imageFolder } from './image-folder';
import { loadPokemon, type Splits } from './pokemon';
import { rowRange } from './row-range';
import { subset } from './rows';

export interface LoadImagesOptions {
  /** Folder with one subfolder per class; empty for the built data set. Default `''`. */
  folder?: string;
  /** Seed of the splits. Default: the process's generator, which follows `setSeed`. */
  seed?: number;
  /** Largest number of training rows, validation included. Default 0: all. */
  examples?: number;
  /** Largest number of test rows. Default 0: all. */
  testExamples?: number;
  /** Side in pixels of images from a folder. Default 64. */
  size?: number;
}

/** The splits, and for a folder what was read of it. */
export interface LoadedImages extends Splits {
  account?: ImageFolderAccount;
}

/**
 * The splits of the images in a folder, or of the built data set where no folder is given, so that
 * a notebook runs on either. A folder's images have no masks and one class each.
 *
 * @throws GradbookError as `imageFolder` and `loadPokemon`
 *
 * @example
 * const { train, validation, test } = await loadImages({ folder: 'images', seed: 1 });
 */
export async function loadImages(options: LoadImagesOptions = {}): Promise<LoadedImages> {
  const { folder = '', size = 64, examples = 0, testExamples = 0, ...rest } = options;
  if (folder === '') return loadPokemon({ examples, testExamples, ...rest });
  const read = await imageFolder(folder, { size, minPerClass: 1, ...rest });
  const { train, validation, test, account } = read;
  const first = (set: Splits['train'], count: number) =>
    count > 0 && count < set.count ? subset(set, rowRange(0, count), set.name) : set;
  const share = examples / (train.count + validation.count);
  return {
    train: first(train, Math.round(share * train.count)),
    validation: first(validation, Math.round(share * validation.count)),
    test: first(test, testExamples),
    account,
  };
}
