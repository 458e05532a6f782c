import { type Progress, progress } from '../../notebook';
import type { Logs } from '../history';
import { Callback, type RunningLogs } from './callback';

/** Milliseconds between two reads of the running metrics: each read waits for the device. */
const pause = 500;

/**
 * A bar over all epochs with loss, metrics, learning rate and time left. `train` adds one unless
 * `verbose` is 0. Outside a notebook it writes occasional lines, suitable for a log.
 */
export class ProgressBar extends Callback {
  private bar: Progress | undefined;
  private looked = 0;
  /** Metrics of the last finished epoch, shown beside those of the current one. */
  private finished: Logs = {};

  /** @param label the label, such as `training cnn` */
  constructor(private readonly label: string) {
    super();
  }

  override onTrainBegin(): void {
    this.finished = {};
    const { epochs, initialEpoch, steps } = this.training;
    const total = Math.max(0, epochs - initialEpoch) * steps;
    this.bar = progress({
      label: this.label,
      total: Number.isFinite(steps) ? total : null,
      unit: 'batch',
    });
    this.looked = performance.now();
  }

  override onBatchEnd(batch: number, running: RunningLogs): void {
    const now = performance.now();
    if (now - this.looked < pause) return;
    this.looked = now;
    this.show(batch + 1, { ...this.finished, ...running.read() });
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.finished = { ...logs };
    this.show(this.training.steps, logs);
  }

  private show(batches: number, logs: Logs): void {
    const { epoch, epochs, initialEpoch, steps } = this.training;
    const before = epoch - initialEpoch;
    // Data of unknown length have a number of steps after their first epoch.
    this.bar?.update((before > 0 ? before * steps : 0) + batches, {
      epoch: `${epoch + 1}/${epochs}`,
      ...logs,
      learning_rate: this.training.learningRate,
    });
  }

  override onTrainEnd(): void {
    const { interrupted, history } = this.training;
    if (interrupted) this.bar?.stop();
    else if (history.stoppedEpoch === null) this.bar?.done();
    else this.bar?.done({ stopped: `after epoch ${history.stoppedEpoch + 1}` });
  }

  override onTrainClosed(error: unknown): void {
    if (error !== undefined) this.bar?.fail(error instanceof Error ? error.message : String(error));
    this.bar = undefined;
  }
}
