export {
  binaryCrossentropy,
  type CrossEntropyOptions,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './cross-entropy';
export {
  type BinaryFocalOptions,
  binaryFocal,
  type CategoricalFocalOptions,
  categoricalFocal,
  type FocalOptions,
} from './focal';
export { meanSquaredError } from './mean-squared-error';
export { bceDice, dice } from './segmentation';
