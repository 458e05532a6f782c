import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';
import type { History, Logs } from '../history';
import type { Numbers, StoredTensor } from '../weights';

/** The state of a callback in a backup: plain values, typed arrays and stored tensors. */
export type CallbackState =
  | null
  | boolean
  | number
  | string
  | Numbers
  | StoredTensor
  | readonly CallbackState[]
  | { readonly [key: string]: CallbackState | undefined };

/** The training as its callbacks see it. */
export interface TrainingState {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  /** Number of epochs, index of the first, and batches per epoch. */
  readonly epochs: number;
  readonly initialEpoch: number;
  /** Batches of an epoch; infinite until the first epoch of data of unknown length has ended. */
  readonly steps: number;
  /** Index of the current epoch. */
  readonly epoch: number;
  /** The metrics of an epoch and their directions; null if unknown. */
  readonly metricDirections: ReadonlyMap<string, 'up' | 'down' | null>;
  readonly history: History;
  /** The learning rate from the next step on, rounded to float32. */
  learningRate: number;
  /** Ends the training after this batch or epoch. */
  stop(): void;
  readonly stopped: boolean;
  /** Whether the user interrupted the training. */
  readonly interrupted: boolean;
  /** Prints a message in the notebook. */
  print(message: string): void;
}

/** The metrics of the epoch so far. Reading them waits for the device: do it rarely. */
export interface RunningLogs {
  read(): Logs;
  /** The loss alone. */
  readLoss(): number;
}

/**
 * Base class of callbacks. The methods are called in the order of the list given to `train`, and
 * awaited.
 */
export abstract class Callback {
  /** Metrics that this callback adds to the epoch's logs, so that others can monitor them. */
  readonly adds: readonly string[] = [];
  /** Called before all others, wherever it is in the list. */
  readonly first: boolean = false;
  /** Called after all others, wherever it is in the list. */
  readonly last: boolean = false;
  /** The current training; set before `onTrainBegin`. */
  protected training!: TrainingState;

  // The first property that model.fit reads of a callback.
  /** @throws GradbookError `wrong-training`: callbacks of this workspace are for `train` */
  get nowFunc(): never {
    throw forTrain(this);
  }

  setParams(): never {
    throw forTrain(this);
  }

  /** Called once, before everything else. Throws when the callback cannot be used in this training. */
  attach(training: TrainingState): void {
    this.training = training;
  }

  onTrainBegin(): void | Promise<void> {}
  /** Also called after an interrupt; not after an error. */
  onTrainEnd(): void | Promise<void> {}
  onEpochBegin(_epoch: number): void | Promise<void> {}
  /** Called before the model is validated, between the last batch and `onEpochEnd`. */
  onTestBegin(): void | Promise<void> {}
  /** Called when the model was validated; after an error or an interrupt too. */
  onTestEnd(): void | Promise<void> {}
  /** `logs` may be changed for later callbacks and the history. */
  onEpochEnd(_epoch: number, _logs: Logs): void | Promise<void> {}
  /** Called when the epoch is in the history and `onEpochEnd` of all callbacks is done. */
  onEpochRecorded(_epoch: number): void | Promise<void> {}
  onBatchBegin(_batch: number): void | Promise<void> {}
  onBatchEnd(_batch: number, _running: RunningLogs): void | Promise<void> {}
  /** Called last of all, after an error too: releases files and displays. Must not throw. */
  onTrainClosed(_error: unknown): void | Promise<void> {}

  /**
   * Restores the state of an earlier training, if this callback has one. Called when `onTrainBegin`
   * of all callbacks is done, until one returns true.
   */
  restoreTraining(_training: TrainingState): boolean {
    return false;
  }

  /** The state for continuing in another process; null if there is none. */
  getState(): CallbackState {
    return null;
  }

  /** Restores the state of `getState`. Called after `onTrainBegin`. */
  setState(_state: CallbackState): void {}
}

function forTrain(callback: Callback): GradbookError {
  const { name } = callback.constructor;
  return new GradbookError(
    `${name} is a callback for train, not for model.fit: call train(model, { x, y }, { epochs, callbacks }), which uses the compiled loss and optimizer`,
    'wrong-training',
  );
}
