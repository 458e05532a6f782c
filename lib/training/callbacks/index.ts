export { Callback, type RunningLogs, type State, type Training } from './callback';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping';
export { type Mode, MonitorCallback } from './monitor';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-lr-on-plateau';
