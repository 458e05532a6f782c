import { maskExamplesOf, multiHot, oneHot } from './examples';
import { type LoadPokemonOptions, loadPokemon } from './pokemon';
import type { ImageSet, NdArray } from './types';

/** The arrays of the course's `load_data`, under its names; the first dimension counts images. */
export interface CourseData {
  /** uint8 `[count, height, width, 3]` with scale 1/255: 0 to 1 once it is a tensor. */
  train_X: NdArray;
  test_X: NdArray;
  /** uint8 `[count, height, width, 1]`, 1 where the sprite is. */
  train_masks: NdArray;
  test_masks: NdArray;
  /** float32 `[count, classes]`, one-hot of the primary type: multi-class targets. */
  train_classes: NdArray;
  test_classes: NdArray;
  /** float32 `[count, classes]`, primary and secondary type: multi-label targets. */
  train_labels: NdArray;
  test_labels: NdArray;
}

/** Where the data set is read from, how many rows are the test set, and how many rows are used. */
export type LoadDataOptions = Omit<LoadPokemonOptions, 'validation' | 'stratified' | 'seed'>;

/**
 * Reads the data set as arrays under the names of the course. The last 500 of 4,500 rows are the
 * test set; all others, in the order of the file, the training set. `loadPokemon` splits off a
 * validation set as well. No random numbers are used.
 *
 * @throws GradbookError `no-masks` where the data set has none, and as `loadPokemon`
 *
 * @example
 * const { train_X, train_masks } = await loadData();
 * await overlayMasks('reports/masks.png', train_X, train_masks);
 */
export async function loadData(options: LoadDataOptions = {}): Promise<CourseData> {
  const { train, test } = await loadPokemon({ ...options, validation: 0, seed: 0 });
  const [training, testing] = [arraysOf(train), arraysOf(test)];
  return {
    ...{ train_X: training.x, test_X: testing.x },
    ...{ train_masks: training.masks, test_masks: testing.masks },
    ...{ train_classes: training.classes, test_classes: testing.classes },
    ...{ train_labels: training.labels, test_labels: testing.labels },
  };
}

function arraysOf(set: ImageSet): {
  x: NdArray;
  masks: NdArray;
  classes: NdArray;
  labels: NdArray;
} {
  const { x, y } = maskExamplesOf(set);
  return { x, masks: y, classes: oneHot(set), labels: multiHot(set) };
}
