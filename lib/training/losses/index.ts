export {
  binaryCrossentropy,
  type CrossEntropyOptions,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './cross-entropy';
export { meanSquaredError } from './mean-squared-error';
export { bceDice, dice } from './segmentation';
