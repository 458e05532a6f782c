export type { BodyOptions, ClassifierOptions } from './classifier';
export { type CnnOptions, cnn, largeCnn, multiLabelCnn } from './cnn';
export { type MlpOptions, mlp } from './mlp';
export { type MobileNetOptions, mobileNet, weightFolder } from './mobilenet';
export { loadModel, modelFolder, modelMetadata, saveModel } from './store';
export { type SubmodelOptions, submodel } from './submodel';
export { type ModelSummary, type SummaryRow, summarize, summaryText } from './summarize';
export {
  type FreezeSplit,
  mobileNetRows,
  splitAtFreeze,
  type TransferOptions,
  transferModel,
  type UnfreezeOptions,
  unfreezeLast,
} from './transfer';
export { type UnetOptions, unet } from './unet';
