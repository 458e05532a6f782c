export { BackupAndRestore, type BackupAndRestoreOptions } from './backup-and-restore';
export { Callback, type CallbackState, type RunningLogs, type TrainingState } from './callback';
export { CSVLogger, type CSVLoggerOptions } from './csv-logger';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping';
export {
  LearningRateScheduler,
  type LearningRateSchedulerOptions,
  type Schedule,
} from './learning-rate-scheduler';
export { MLflow, type MLflowOptions } from './mlflow';
export { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint';
export { type Mode, MonitorCallback } from './monitor';
export { ProgressBar } from './progress-bar';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-lr-on-plateau';
export { SwapEMAWeights, type SwapEMAWeightsOptions } from './swap-ema-weights';
export {
  type BoardPicture,
  type BoardPictures,
  TensorBoard,
  type TensorBoardOptions,
} from './tensor-board';
export { TerminateOnNaN, type TerminateOnNaNOptions } from './terminate-on-nan';
export type { TfjsCallback } from './tfjs-callback';
