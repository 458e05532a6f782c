export {
  binaryCrossentropy,
  type CrossEntropyOptions,
  categoricalCrossentropy,
} from './cross-entropy';
export { meanSquaredError } from './mean-squared-error';
export { bceDice, dice } from './segmentation';
