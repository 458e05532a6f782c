export { argMax } from './arg-max';
export type { Size } from './batches';
export * from './callbacks';
export { evaluate } from './evaluate';
export { computeFeatures, type FeatureOptions, type Features } from './features';
export type {
  BatchColumn,
  BatchColumns,
  BatchDataset,
  BatchStream,
  StreamedBatch,
  StreamedWeights,
  TrainingData,
} from './feed/batch-stream';
export {
  type FindLearningRateOptions,
  findLearningRate,
  type LearningRateTest,
} from './find-learning-rate';
export type { Predictions } from './gathered';
export {
  type GridSearchOptions,
  type GroupSpread,
  gridSearch,
  parameterGrid,
  type Setting,
  spreadBy,
  swingOf,
  type Trial,
} from './grid-search';
export { type History, type Logs, loadHistory, saveHistory, trainingSeconds } from './history';
export * as losses from './losses';
export type { Loss, LossInputs } from './losses/loss';
export * as metrics from './metrics';
export {
  type Calibration,
  type CalibrationBin,
  type CalibrationOptions,
  calibrationError,
} from './metrics/calibration';
export { decisionsAt, type LabelThreshold, labelThresholds } from './metrics/label-thresholds';
export { Accumulator, type Metric } from './metrics/metric';
export { accuracyBySaturation, type SaturatedAccuracy } from './metrics/saturation';
export {
  fitTemperature,
  probabilitiesAt,
  type Temperature,
  type TemperatureOptions,
} from './metrics/temperature';
export type { EvaluateOptions, TrainOptions } from './options';
export { type PredictionData, type PredictOptions, predict, predictOutputs } from './predict';
export { predictLogits } from './predict-logits';
export * as schedules from './schedules';
export { confusionCounts, score } from './score';
export { predictAveraged, type TestTimeAveragingOptions } from './test-time-averaging';
export { toTensor } from './to-tensor';
export { train } from './train';
