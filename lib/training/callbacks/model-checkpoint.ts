import { checkWeightNames, saveModelFolder } from '../../exchange';
import { GradbookError, inWorkspace } from '../../runtime';
import type { Logs } from '../history';
import type { CallbackState, RunningLogs, TrainingState } from './callback';
import { fillIn } from './file-name';
import { type Mode, MonitorCallback } from './monitor';
import { pythonFixed } from './python-float';

export interface ModelCheckpointOptions {
  /**
   * Folder of the saved model, relative to the workspace. `{epoch}`, `{batch}` and any metric are
   * replaced, with Python's formats: `checkpoints/{epoch:02d}-{val_loss:.2f}`.
   */
  filepath: string;
  /** Default `val_loss`. Only used with `saveBestOnly`. */
  monitor?: string;
  /** 1 prints messages. Default 0. */
  verbose?: number;
  /** Default false. */
  saveBestOnly?: boolean;
  /** Default `auto`. */
  mode?: Mode;
  /** `epoch`, or a number of batches. Default `epoch`. */
  saveFreq?: 'epoch' | number;
  /** Value to improve on in the first epoch. Default null. */
  initialValueThreshold?: number | null;
}

/**
 * Saves the model as a folder that `tf.loadLayersModel('file://…/model.json')` reads (Keras
 * `ModelCheckpoint`). It is replaced atomically: a reader sees the old model or the new one.
 */
export class ModelCheckpoint extends MonitorCallback {
  private readonly options: Required<
    Omit<ModelCheckpointOptions, 'monitor' | 'mode' | 'initialValueThreshold'>
  >;
  private readonly initial: number | null;
  private sinceLast = 0;

  constructor(options: ModelCheckpointOptions) {
    const { monitor = 'val_loss', mode = 'auto', initialValueThreshold = null } = options;
    super(monitor, mode, 0, initialValueThreshold);
    const { filepath, verbose = 0, saveBestOnly = false, saveFreq = 'epoch' } = options;
    if (saveFreq !== 'epoch' && !(Number.isInteger(saveFreq) && saveFreq > 0)) {
      throw new GradbookError(
        `saveFreq ${saveFreq}: give 'epoch' or a number of batches`,
        'bad-option',
      );
    }
    if (!filepath || /\.(h5|keras|json)$/.test(filepath)) {
      throw new GradbookError(
        `filepath '${filepath}': give the name of a folder for the model's files`,
        'bad-option',
      );
    }
    this.options = { filepath, verbose, saveBestOnly, saveFreq };
    this.initial = initialValueThreshold;
  }

  override get watches(): boolean {
    return this.options.saveBestOnly;
  }

  /** Throws `bad-model` before the first step when the model could not be loaded again. */
  override attach(training: TrainingState): void {
    super.attach(training);
    checkWeightNames(training.model);
  }

  override async onBatchEnd(batch: number, running: RunningLogs): Promise<void> {
    const { saveFreq } = this.options;
    if (saveFreq === 'epoch' || ++this.sinceLast < saveFreq) return;
    this.sinceLast = 0;
    await this.save({ ...running.read(), batch: batch + 1 });
  }

  override async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    if (this.options.saveFreq === 'epoch') await this.save(logs);
  }

  private async save(logs: Logs): Promise<void> {
    const epoch = this.training.epoch + 1;
    const file = inWorkspace(fillIn(this.options.filepath, { ...logs, epoch }));
    if (!this.due(logs, epoch, file)) return;
    await saveModelFolder(this.training.model, file, {}, false);
    this.say(`\nEpoch ${epoch}: finished saving model to ${file}`);
  }

  private due(logs: Logs, epoch: number, file: string): boolean {
    const { monitor } = this;
    const current = logs[monitor];
    if (!this.options.saveBestOnly || current === undefined) {
      this.say(`\nEpoch ${epoch}: saving model to ${file}`);
      return true;
    }
    const best = this.best === null ? 'None' : pythonFixed(this.best, 5);
    if (!this.improves(current, this.best)) {
      this.say(`\nEpoch ${epoch}: ${monitor} did not improve from ${best}`);
      return false;
    }
    this.say(
      `\nEpoch ${epoch}: ${monitor} improved from ${best} to ${pythonFixed(current, 5)}, saving model to ${file}`,
    );
    this.best = current;
    return true;
  }

  private say(message: string): void {
    if (this.options.verbose > 0) this.training.print(message);
  }

  override getState(): CallbackState {
    const { best, sinceLast } = this;
    return { best: best ?? this.initial, sinceLast };
  }

  override setState(state: CallbackState): void {
    Object.assign(this, state);
  }
}
