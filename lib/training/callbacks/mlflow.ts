import { MlflowRun, type MlflowRunOptions } from '../../tracking';
import type { Logs } from '../history';
import { Callback, type CallbackState } from './callback';

export interface MLflowOptions extends Partial<MlflowRunOptions> {
  /** Further parameters to log, such as `{ dropout: 0.3 }`. */
  parameters?: Record<string, unknown>;
}

/**
 * Writes a training as a run of MLflow's file store: parameters, loss and metrics by epoch, and the
 * learning rate. `mlflow ui --backend-store-uri mlruns` shows it; the Python package is not needed to
 * write it. Training that is resumed continues in the same run.
 *
 * @example
 * const tracker = new MLflow({ experiment: 'cnn', parameters: { dropout: 0.3 } });
 * await train(model, examples, { epochs: 10, callbacks: [tracker] });
 */
export class MLflow extends Callback {
  private run: MlflowRun | undefined;
  private next = 0;

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
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const run = this.begun();
    for (const [key, value] of Object.entries(logs)) run.metric(key, value, epoch);
    run.metric('learning_rate', this.training.learningRate, epoch);
    this.next = epoch + 1;
  }

  override onTrainClosed(error: unknown): void {
    if (!this.run) return;
    const { interrupted } = this.training;
    this.run.end(error ? 'FAILED' : interrupted ? 'KILLED' : 'FINISHED');
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
    this.run = MlflowRun.resume(folder);
    // Entries after the backup will be written again.
    this.run.cutMetrics(next);
    this.next = next;
  }
}
