import { GradbookError } from '../../runtime';
import { Callback, type RunningLogs } from './callback';

export interface TerminateOnNaNOptions {
  /** Throws instead of ending the training. Default false. */
  raiseError?: boolean;
  /** Checks after this number of batches: each check waits for the device. Default 1. */
  everyBatches?: number;
}

/** Ends training when the loss is NaN or infinite (Keras `TerminateOnNaN`). */
export class TerminateOnNaN extends Callback {
  private readonly raiseError: boolean;
  private readonly everyBatches: number;

  constructor({ raiseError = false, everyBatches = 1 }: TerminateOnNaNOptions = {}) {
    super();
    this.raiseError = raiseError;
    this.everyBatches = everyBatches;
  }

  override onBatchEnd(batch: number, running: RunningLogs): void {
    const last = batch === this.training.steps - 1;
    if (!last && (batch + 1) % this.everyBatches !== 0) return;
    const loss = running.readLoss();
    if (Number.isFinite(loss)) return;
    if (this.raiseError) {
      throw new GradbookError(
        `NaN or Inf loss encountered at batch ${batch}. Loss value: ${loss}. Terminating training immediately.`,
        'nan-loss',
      );
    }
    this.training.print(`Batch ${batch}: Invalid loss, terminating training`);
    this.training.stop();
  }
}
