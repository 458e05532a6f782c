import type { ComputePrecision } from '../ops';
import type { Layout } from './feed';
import type { MutableTrainingState } from './mutable-training-state';
import type { CompiledOutputs, TrainOptions } from './options';

/** A training with its data and options, validated and with defaults. */
export interface TrainingJob {
  run: MutableTrainingState;
  /** How the columns of the data are scaled. */
  columns: Layout;
  options: TrainOptions;
  measures: CompiledOutputs;
  /** Precision of the steps. */
  precision: ComputePrecision;
}
