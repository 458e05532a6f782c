import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError, inWorkspace, removeTemporaries } from '../../runtime';
import type { MutableTrainingState } from '../mutable-training-state';
import { stateful } from '../optimizer';
import { applySnapshot, type Snapshot, takeSnapshot } from '../snapshot';
import { readState, writeState } from '../state-file';
import { Callback, type CallbackState, type TrainingState } from './callback';

export interface BackupAndRestoreOptions {
  /** Folder of the backup, one for each training; relative to the workspace. */
  backupDir: string;
  /** `epoch`, or a number of batches after which a backup is made as well as after each epoch. Default `epoch`. */
  saveFreq?: 'epoch' | number;
  /** Deletes the backup when training has finished. Default true. */
  deleteCheckpoint?: boolean;
}

/**
 * Backs up a training, so that the same call in another process continues where it was killed and
 * gives the same weights, bit for bit on the CPU with the same number of threads (Keras
 * `BackupAndRestore`, which saves neither the callbacks' state nor the position in the epoch). The
 * backup is one file, written atomically. It includes the state of the other callbacks and is made
 * after them, wherever this one is in the list. An interrupted training keeps its backup: run it
 * again to continue.
 */
export class BackupAndRestore extends Callback {
  override readonly last = true;
  private readonly saveFreq: 'epoch' | number;
  private readonly deleteCheckpoint: boolean;
  private readonly backupDir: string;
  private sinceLast = 0;

  constructor({ backupDir, saveFreq = 'epoch', deleteCheckpoint = true }: BackupAndRestoreOptions) {
    super();
    if (!backupDir) {
      throw new GradbookError('backupDir is empty: give a folder', 'bad-option');
    }
    if (saveFreq !== 'epoch' && !(Number.isInteger(saveFreq) && saveFreq > 0)) {
      throw new GradbookError(
        `saveFreq ${saveFreq}: give 'epoch' or a number of batches`,
        'bad-option',
      );
    }
    this.backupDir = inWorkspace(backupDir);
    this.saveFreq = saveFreq;
    this.deleteCheckpoint = deleteCheckpoint;
  }

  /** The backup file. */
  get file(): string {
    return path.join(this.backupDir, 'training.state');
  }

  override attach(training: TrainingState): void {
    super.attach(training);
    stateful(training.optimizer);
  }

  override restoreTraining(training: TrainingState): boolean {
    const state = readState(this.file);
    if (state === undefined) return false;
    applySnapshot(training as MutableTrainingState, state as unknown as Snapshot);
    return true;
  }

  override onBatchEnd(): void {
    this.sinceLast++;
    if (this.saveFreq === 'epoch' || this.sinceLast < this.saveFreq) return;
    this.sinceLast = 0;
    const run = this.training as MutableTrainingState;
    this.save(run.epoch, run.batch);
  }

  override onEpochRecorded(epoch: number): void {
    this.save(epoch + 1, 0);
  }

  private save(epoch: number, batch: number): void {
    writeState(
      this.file,
      takeSnapshot(this.training as MutableTrainingState, epoch, batch) as unknown as CallbackState,
    );
  }

  override onTrainEnd(): void {
    if (!this.deleteCheckpoint || this.training.interrupted) return;
    fs.rmSync(this.file, { force: true });
    removeTemporaries(this.file);
    try {
      fs.rmdirSync(this.backupDir);
    } catch {
      // The folder contains other files: it is kept.
    }
  }

  override getState(): CallbackState {
    return { sinceLast: this.sinceLast };
  }

  override setState(state: CallbackState): void {
    Object.assign(this, state);
  }
}
