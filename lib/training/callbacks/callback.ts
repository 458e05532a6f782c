import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';
import type { History, Logs } from '../history';
import type { Numbers, StoredTensor } from '../weights';

/** What a callback may keep in a backup: plain values, typed arrays and stored tensors. */
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
  /** How many epochs there are to be, the number of the first, and batches in each. */
  readonly epochs: number;
  readonly initialEpoch: number;
  /** Batches of an epoch; infinite until the first epoch of data of unknown length has ended. */
  readonly steps: number;
  /** Number of the epoch under way. */
  readonly epoch: number;
  /** Figures that an epoch ends with, and which way each is better; null where nobody knows. */
  readonly metricDirections: ReadonlyMap<string, 'up' | 'down' | null>;
  readonly history: History;
  /** The learning rate from the next step on, a float32. */
  learningRate: number;
  /** Ends the training after this batch or epoch. */
  stop(): void;
  readonly stopped: boolean;
  /** Whether somebody stopped the training by hand. */
  readonly interrupted: boolean;
  /** Tells the person at the notebook. */
  print(message: string): void;
}

/** The figures of the epoch so far. Reading them waits for the device: do it now and then. */
export interface RunningLogs {
  read(): Logs;
  /** The loss alone. */
  readLoss(): number;
}

/**
 * Something that happens along a training. The methods are called in the order of the list that
 * `train` was given, and awaited.
 */
export abstract class Callback {
  /** Figures that this callback adds to the epoch's logs, so that others may watch them. */
  readonly adds: readonly string[] = [];
  /** Called before all others, wherever it stands in the list. */
  readonly first: boolean = false;
  /** Called after all others, wherever it stands in the list. */
  readonly last: boolean = false;
  /** The training under way; set before `onTrainBegin`. */
  protected training!: TrainingState;

  // The first that model.fit asks of an object of handlers, and of a callback of its own.
  /** @throws GradbookError `wrong-training`: callbacks of this workspace are for `train` */
  get nowFunc(): never {
    throw forTrain(this);
  }

  setParams(): never {
    throw forTrain(this);
  }

  /** Called once, before anything else. Throws when the callback cannot work in this training. */
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
  /** `logs` may be changed: later callbacks and the history see it. */
  onEpochEnd(_epoch: number, _logs: Logs): void | Promise<void> {}
  /** Called when the history has the epoch and all callbacks have seen its end. */
  onEpochRecorded(_epoch: number): void | Promise<void> {}
  onBatchBegin(_batch: number): void | Promise<void> {}
  onBatchEnd(_batch: number, _running: RunningLogs): void | Promise<void> {}
  /** Called last of all, after an error too: lets go of files and displays. */
  onTrainClosed(_error: unknown): void {}

  /**
   * Puts an earlier training's state back, if this callback has one. Called when `onTrainBegin` of
   * all callbacks is done; the first that returns true decides.
   */
  restoreTraining(_training: TrainingState): boolean {
    return false;
  }

  /** What the callback needs to go on in another process; null when it needs nothing. */
  getState(): CallbackState {
    return null;
  }

  /** Goes on from what `getState` gave. Called after `onTrainBegin`. */
  setState(_state: CallbackState): void {}
}

function forTrain(callback: Callback): GradbookError {
  const { name } = callback.constructor;
  return new GradbookError(
    `${name} is a callback for train, not for model.fit: call train(model, { x, y }, { epochs, callbacks }), which takes what the model was compiled with`,
    'wrong-training',
  );
}
