import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GradbookError, inWorkspace } from '../../runtime';
import type { Logs } from '../history';
import { record, scalarEvent, versionEvent } from '../tensorboard/events';
import { Callback, type CallbackState, type RunningLogs } from './callback';

export interface TensorBoardOptions {
  /** Folder of the logs, relative to the workspace. Default `logs`, as in Keras. */
  logDir?: string;
  /** `epoch`, or every so many batches as well. Default `epoch`. */
  updateFreq?: 'epoch' | number;
}

/** An event file, and how long it was when the last backup was made. */
interface EventFile {
  name: string;
  size: number;
}

/**
 * Writes loss and metrics for TensorBoard (`tensorboard --logdir logs`), under the tags of Keras:
 * `epoch_loss` and so on in `train` and `validation`, `batch_loss` by step. Training that is resumed
 * goes on in the same files.
 */
export class TensorBoard extends Callback {
  private readonly logDir: string;
  private readonly updateFreq: 'epoch' | number;
  private files: Record<string, EventFile> = {};

  constructor({ logDir = 'logs', updateFreq = 'epoch' }: TensorBoardOptions = {}) {
    super();
    if (updateFreq !== 'epoch' && !(Number.isInteger(updateFreq) && updateFreq > 0)) {
      throw new GradbookError(
        `updateFreq ${updateFreq}: give 'epoch' or a number of batches`,
        'bad-option',
      );
    }
    this.logDir = inWorkspace(logDir);
    this.updateFreq = updateFreq;
  }

  override onTrainBegin(): void {
    this.files = {};
  }

  override onBatchEnd(batch: number, running: RunningLogs): void {
    if (this.updateFreq === 'epoch') return;
    const { epoch, steps } = this.training;
    // Data of unknown length have a number of steps after their first epoch.
    const step = (Number.isFinite(steps) ? epoch * steps : 0) + batch;
    if (step % this.updateFreq === 0) this.write('train', 'batch_', running.read(), step);
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const split: Record<'train' | 'validation', Logs> = { train: {}, validation: {} };
    for (const [key, value] of Object.entries(logs)) {
      if (key.startsWith('val_')) split.validation[key.slice('val_'.length)] = value;
      else split.train[key] = value;
    }
    this.write('train', 'epoch_', split.train, epoch);
    this.write('validation', 'epoch_', split.validation, epoch);
  }

  private write(part: 'train' | 'validation', prefix: string, logs: Logs, step: number): void {
    const figures = Object.entries(logs);
    if (figures.length === 0) return;
    const seconds = Date.now() / 1000;
    const file = this.fileOf(part, seconds);
    const events = figures.map(([key, value]) =>
      record(scalarEvent(prefix + key, value, step, seconds)),
    );
    fs.appendFileSync(path.join(this.logDir, part, file.name), Buffer.concat(events));
    file.size += events.reduce((sum, event) => sum + event.length, 0);
  }

  private fileOf(part: string, seconds: number): EventFile {
    const known = this.files[part];
    if (known) return known;
    const name = `events.out.tfevents.${Math.floor(seconds)}.${os.hostname()}.${process.pid}.v2`;
    const head = record(versionEvent(seconds));
    fs.mkdirSync(path.join(this.logDir, part), { recursive: true });
    fs.appendFileSync(path.join(this.logDir, part, name), head);
    const file = { name, size: head.length };
    this.files[part] = file;
    return file;
  }

  override getState(): CallbackState {
    return { files: structuredClone(this.files) as unknown as CallbackState };
  }

  override setState(state: CallbackState): void {
    this.files = (state as unknown as { files: Record<string, EventFile> }).files;
    for (const [part, { name, size }] of Object.entries(this.files)) {
      const file = path.join(this.logDir, part, name);
      // What was written after the backup will be written again.
      if (fs.existsSync(file) && fs.statSync(file).size > size) fs.truncateSync(file, size);
    }
  }
}
