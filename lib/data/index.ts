export type { ClassCount, ImageFolderAccount, LeftOut, MissingClasses } from './account';
export {
  type Augmentation,
  type BatchPair,
  composeAugmentations,
} from './augment/augmentation';
export { type AugmentOptions, augmentedSet } from './augment/augmented-set';
export { type ColorJitterOptions, colorJitter } from './augment/colour';
export { type CopyPasteOptions, copyPaste, copyPasteSet } from './augment/copy-paste';
export { type RandomErasingOptions, randomErasing } from './augment/erasing';
export {
  type FillMode,
  type RandomFlipOptions,
  type RandomRotationOptions,
  type RandomZoomOptions,
  randomFlip,
  randomRotation,
  randomZoom,
} from './augment/geometry';
export { cutMix, type MixOptions, mixup } from './augment/mixing';
export { randomShift } from './augment/random-shift';
export { type Balance, balanceOf, maskCoverage } from './balance';
export { type BuildOptions, type BuildResult, buildPokemon } from './build/build';
export type { BuildRecord } from './build/record';
export { type CourseData, type LoadDataOptions, loadData } from './course';
export {
  type BatchOptions,
  batches,
  examplesOf,
  maskExamplesOf,
  multiHot,
  oneHot,
} from './examples';
export type { FolderSplitOptions } from './folder-splits';
export { classCounts, labelFrame, pairTable } from './frames';
export {
  type ImageFolderOptions,
  type ImageFolderSplits,
  imageFolder,
} from './image-folder';
export {
  type ImageFolderStreamOptions,
  type ImageFolderStreamSplits,
  imageFolderStream,
} from './image-folder-stream';
export { type LoadedImages, type LoadImagesOptions, loadImages } from './load-images';
export {
  type LoadPokemonOptions,
  loadPokemon,
  type ReadPokemonOptions,
  readPokemon,
  type SplitPokemonOptions,
  type Splits,
  splitPokemon,
} from './pokemon';
export { rowRange } from './row-range';
export { concatRows, gatherExamples, gatherRows, subset } from './rows';
export { type SplitOptions, split } from './split';
export { toImageSet } from './stored-rows';
export type {
  Examples,
  ExampleWeights,
  ImageSet,
  LabelledSet,
  ModelExamples,
  NdArray,
  NdArrayByName,
  Rows,
  RowsByName,
  StoredExamples,
  StoredRows,
  StreamedImageSet,
  Task,
} from './types';
