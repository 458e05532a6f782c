import { GradbookError } from '../../runtime';
import type { Logs } from '../history';
import type { CallbackState } from './callback';
import { type Mode, MonitorCallback } from './monitor';
import { pythonFloat } from './python-float';

export interface ReduceLROnPlateauOptions {
  /** Default `val_loss`. */
  monitor?: string;
  /** Factor of the learning rate, below 1. Default 0.1. */
  factor?: number;
  /** Epochs without improvement after which it is reduced. Default 10. */
  patience?: number;
  /** 1 prints each reduction. Default 0. */
  verbose?: number;
  /** Default `auto`. */
  mode?: Mode;
  /** Smaller changes are not improvements. Default 1e-4. */
  minDelta?: number;
  /** Epochs after a reduction before patience is counted again. Default 0. */
  cooldown?: number;
  /** Lower bound of the learning rate. Default 0. */
  minLr?: number;
}

/** Reduces the learning rate when a metric has stopped improving (Keras `ReduceLROnPlateau`). */
export class ReduceLROnPlateau extends MonitorCallback {
  override readonly adds = ['learning_rate'];
  /** Epochs without improvement so far. */
  wait = 0;
  /** Epochs of cooldown left. */
  cooldownCounter = 0;
  private readonly options: Required<
    Omit<ReduceLROnPlateauOptions, 'monitor' | 'mode' | 'minDelta'>
  >;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super(options.monitor ?? 'val_loss', options.mode ?? 'auto', options.minDelta ?? 1e-4);
    const { factor = 0.1, patience = 10, verbose = 0, cooldown = 0, minLr = 0 } = options;
    if (!(factor < 1)) {
      throw new GradbookError(
        `factor ${factor}: give one below 1, so that the learning rate falls`,
        'bad-option',
      );
    }
    this.options = { factor, patience, verbose, cooldown, minLr };
  }

  override onTrainBegin(): void {
    this.best = null;
    this.cooldownCounter = 0;
    this.wait = 0;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    logs['learning_rate'] = this.training.learningRate;
    const current = logs[this.monitor];
    if (current === undefined) return;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.wait = 0;
    }
    if (this.improves(current, this.best)) {
      this.best = current;
      this.wait = 0;
    } else if (this.cooldownCounter <= 0) {
      this.wait++;
      if (this.wait >= this.options.patience && this.reduce(epoch)) {
        this.cooldownCounter = this.options.cooldown;
        this.wait = 0;
      }
    }
  }

  private reduce(epoch: number): boolean {
    const { factor, minLr, verbose } = this.options;
    const old = this.training.learningRate;
    if (!(old > Math.fround(minLr))) return false;
    const reduced = Math.max(old * factor, minLr);
    this.training.learningRate = reduced;
    if (verbose > 0) {
      this.training.print(
        `\nEpoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${pythonFloat(reduced)}.`,
      );
    }
    return true;
  }

  override getState(): CallbackState {
    const { wait, best, cooldownCounter } = this;
    return { wait, best, cooldownCounter };
  }

  override setState(state: CallbackState): void {
    Object.assign(this, state);
  }
}
