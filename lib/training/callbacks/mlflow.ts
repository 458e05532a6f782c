import { GradbookError } from '../../runtime';
import { MlflowRun, type MlflowRunOptions } from '../../tracking';
import type { Logs } from '../history';
import { Callback, type CallbackState } from './callback';

export interface MLflowOptions extends Partial<MlflowRunOptions> {
  /** Further parameters to log, such as `{ dropout: 0.3 }`. */
  parameters?: Record<string, unknown>;
}

/** Milliseconds without another try after the server did not answer. */
const pause = 120_000;

/**
 * Writes a training as a run of MLflow's file store: parameters, loss and metrics by epoch, and the
 * learning rate. `mlflow ui --backend-store-uri mlruns` shows it; the Python package is not needed to
 * write it. Training that is resumed continues in the same run.
 *
 * With a server as `trackingUri` or in `MLFLOW_TRACKING_URI` the run is sent there as well, after each
 * epoch and at the end. Where that fails, one line tells so, the training goes on and the run stays in
 * the folder `mlruns`: `npm run track` sends it later.
 *
 * @example
 * const tracker = new MLflow({ experiment: 'cnn', parameters: { dropout: 0.3 } });
 * await train(model, examples, { epochs: 10, callbacks: [tracker] });
 */
export class MLflow extends Callback {
  private run: MlflowRun | undefined;
  private next = 0;
  /** When sending failed last, by `performance.now()`. */
  private failedAt: number | undefined;

  constructor(private readonly options: MLflowOptions = {}) {
    super();
  }

  /** The current or last run: its method `artifact` adds figures and other files. */
  get current(): MlflowRun | undefined {
    return this.run;
  }

  override onTrainBegin(): void {
    this.run = undefined;
    this.next = 0;
    this.failedAt = undefined;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const run = this.begun();
    for (const [key, value] of Object.entries(logs)) run.metric(key, value, epoch);
    run.metric('learning_rate', this.training.learningRate, epoch);
    this.next = epoch + 1;
    const again = this.failedAt === undefined || performance.now() - this.failedAt > pause;
    if (again) await this.send(run);
  }

  override async onTrainClosed(error: unknown): Promise<void> {
    if (!this.run) return;
    const { interrupted } = this.training;
    this.run.end(error ? 'FAILED' : interrupted ? 'KILLED' : 'FINISHED');
    const failedBefore = this.failedAt !== undefined;
    const sent = await this.send(this.run);
    if (sent && failedBefore) this.training.print('the MLflow server has the whole run now');
  }

  /** Sends what is new. A failure is told once and does not end the training. */
  private async send(run: MlflowRun): Promise<boolean> {
    try {
      await run.send();
      return true;
    } catch (error) {
      const why = error instanceof GradbookError ? error.message : String(error);
      if (this.failedAt === undefined) {
        this.training.print(`${why}; the run is kept in ${run.folder}: npm run track sends it`);
      }
      this.failedAt = performance.now();
      return false;
    }
  }

  private begun(): MlflowRun {
    if (this.run) return this.run;
    const { model, optimizer, epochs, steps } = this.training;
    const { parameters, name = model.name, ...options } = this.options;
    const run = MlflowRun.start({ ...options, name });
    const known = {
      model: model.name,
      weights: model.countParams(),
      optimizer: optimizer.getClassName(),
      learning_rate: this.training.learningRate,
      epochs,
      steps_per_epoch: steps,
    };
    for (const [key, value] of Object.entries({ ...known, ...parameters }))
      run.parameter(key, value);
    this.run = run;
    return run;
  }

  override getState(): CallbackState {
    return this.run ? { folder: this.run.folder, next: this.next } : null;
  }

  override setState(state: CallbackState): void {
    if (!state) return;
    const { folder, next } = state as { folder: string; next: number };
    this.run = MlflowRun.resume(folder, this.options.trackingUri);
    // What was written after the backup will be written again.
    this.run.cutMetrics(next);
    this.next = next;
  }
}
