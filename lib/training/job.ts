import type { ComputePrecision } from '../ops';
import type { Columns } from './columns';
import type { MutableTrainingState } from './mutable-training-state';
import type { CompiledOutputs, TrainOptions } from './options';

/** A training with its data and options, validated and with defaults. */
export interface TrainingJob {
  run: MutableTrainingState;
  columns: Columns;
  options: TrainOptions;
  measures: CompiledOutputs;
  /** Precision of the steps. */
  precision: ComputePrecision;
}
