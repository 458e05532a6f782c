import type { Logs } from '../history';
import { copyWeights, putWeights, type StoredTensor } from '../weights';
import type { CallbackState } from './callback';
import { type Mode, MonitorCallback } from './monitor';

export interface EarlyStoppingOptions {
  /** Default `val_loss`. */
  monitor?: string;
  /** Smaller changes are not improvements. Default 0. */
  minDelta?: number;
  /** Epochs without improvement after which training ends. Default 0. */
  patience?: number;
  /** 1 prints messages. Default 0. */
  verbose?: number;
  /** Default `auto`. */
  mode?: Mode;
  /** Value to improve on. Default null. */
  baseline?: number | null;
  /** Restores the weights of the best epoch at the end, after an interrupt too. Default false. */
  restoreBestWeights?: boolean;
  /** First epoch that counts. Default 0. */
  startFromEpoch?: number;
}

/** Ends training when a metric has stopped improving (Keras `EarlyStopping`). */
export class EarlyStopping extends MonitorCallback {
  /** Epochs without improvement so far. */
  wait = 0;
  /** Epoch at which it stopped; 0 if it did not. */
  stoppedEpoch = 0;
  bestEpoch = 0;
  /** Weights of the best epoch, if they are to be restored. */
  bestWeights: StoredTensor[] | null = null;
  private readonly options: Required<EarlyStoppingOptions>;

  constructor(options: EarlyStoppingOptions = {}) {
    const { monitor = 'val_loss', mode = 'auto', minDelta = 0 } = options;
    super(monitor, mode, minDelta);
    this.options = {
      monitor,
      mode,
      minDelta,
      patience: options.patience ?? 0,
      verbose: options.verbose ?? 0,
      baseline: options.baseline ?? null,
      restoreBestWeights: options.restoreBestWeights ?? false,
      startFromEpoch: options.startFromEpoch ?? 0,
    };
  }

  override onTrainBegin(): void {
    this.wait = 0;
    this.stoppedEpoch = 0;
    this.best = null;
    this.bestWeights = null;
    this.bestEpoch = 0;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const { restoreBestWeights, baseline, patience, startFromEpoch } = this.options;
    const current = logs[this.monitor];
    if (current === undefined || epoch < startFromEpoch) return;
    const improved = this.improves(current, this.best);
    if (restoreBestWeights && (improved || !this.bestWeights)) {
      this.bestWeights = copyWeights(this.training.model);
      this.bestEpoch = epoch;
    }
    this.wait++;
    if (improved) {
      this.best = current;
      this.bestEpoch = epoch;
      if (this.improves(current, baseline)) this.wait = 0;
    } else if (this.wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.training.stop();
    }
  }

  override onTrainEnd(): void {
    const { training, options } = this;
    if (this.best !== null) training.history.bestEpoch = this.bestEpoch;
    if (this.stoppedEpoch > 0 && options.verbose > 0) {
      training.print(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    }
    if (!this.bestWeights) return;
    if (options.verbose > 0) {
      training.print(
        `Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.`,
      );
    }
    putWeights(training.model, this.bestWeights);
  }

  override getState(): CallbackState {
    const { wait, stoppedEpoch, best, bestEpoch, bestWeights } = this;
    return { wait, stoppedEpoch, best, bestEpoch, bestWeights };
  }

  override setState(state: CallbackState): void {
    Object.assign(this, state);
  }
}
