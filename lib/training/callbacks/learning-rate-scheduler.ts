import { GradbookError } from '../../runtime';
import type { Logs } from '../history';
import { Callback } from './callback';
import { pythonFloat } from './python-float';

/**
 * The learning rate at an epoch, from 0, given the current one. With `per: 'batch'` the epoch has a
 * fraction: 2.5 is the middle of the third. `step` is the distance of two calls: 1, or with `per:
 * 'batch'` the fraction of an epoch per batch.
 */
export type Schedule = (epoch: number, learningRate: number, step: number) => number;

export interface LearningRateSchedulerOptions {
  schedule: Schedule;
  /** Calls the schedule at the start of each epoch, or before each batch. Default `epoch`. */
  per?: 'epoch' | 'batch';
  /** 1 prints the learning rate of each epoch. Default 0. */
  verbose?: number;
}

/** Sets the learning rate by a schedule (Keras `LearningRateScheduler`; `per: 'batch'` is an extension). */
export class LearningRateScheduler extends Callback {
  override readonly adds = ['learning_rate'];
  private readonly options: Required<LearningRateSchedulerOptions>;

  constructor({ schedule, per = 'epoch', verbose = 0 }: LearningRateSchedulerOptions) {
    super();
    this.options = { schedule, per, verbose };
  }

  override onTrainBegin(): void {
    if (this.options.per === 'batch' && !Number.isFinite(this.training.steps)) {
      throw new GradbookError(
        "per 'batch' for data of unknown length: give stepsPerEpoch, or per 'epoch'",
        'bad-option',
      );
    }
  }

  override onEpochBegin(epoch: number): void {
    const set = this.set(epoch);
    if (this.options.verbose > 0) {
      this.training.print(
        `\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${pythonFloat(set)}.`,
      );
    }
  }

  override onBatchBegin(batch: number): void {
    if (this.options.per === 'batch' && batch > 0) {
      this.set(this.training.epoch + batch / this.training.steps);
    }
  }

  private set(epoch: number): number {
    const learningRate = this.options.schedule(
      epoch,
      this.training.learningRate,
      this.options.per === 'batch' ? 1 / this.training.steps : 1,
    );
    if (!(typeof learningRate === 'number' && learningRate >= 0)) {
      throw new GradbookError(
        `the schedule gave ${learningRate} at epoch ${epoch}: give a number of at least 0`,
        'bad-schedule',
      );
    }
    this.training.learningRate = learningRate;
    return learningRate;
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    logs['learning_rate'] = this.training.learningRate;
  }
}
