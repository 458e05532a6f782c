export type { BodyOptions, ClassifierOptions } from './classifier';
export { type CnnOptions, cnn, largeCnn, multiLabelCnn } from './cnn';
export { type MlpOptions, mlp } from './mlp';
export { type MobileNetOptions, mobileNet, weightFolder } from './mobilenet';
export {
  loadModel,
  type ModelMetadata,
  modelFile,
  modelMetadata,
  type StoredModel,
  saveModel,
} from './store';
export { type ModelSummary, type SummaryRow, summarize, summaryText } from './summarize';
export { type UnetOptions, unet } from './unet';
