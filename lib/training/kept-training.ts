import * as crypto from 'node:crypto';
import * as path from 'node:path';
import { environment, pointOfRun } from '../runtime';
import { BackupAndRestore } from './callbacks/backup-and-restore';
import { Callback, type TrainingState } from './callbacks/callback';
import type { Feed } from './feed';
import type { MutableTrainingState } from './mutable-training-state';
import { hasState } from './optimizer';
import { applySnapshot, type Snapshot, takeSnapshot } from './snapshot';
import { readState, writeState } from './state-file';

/** Seconds: shortest training that is kept, and interval between two copies of a longer one. */
const patience = { least: 20, between: 60 };

/**
 * Keeps a training of a headless run like `BackupAndRestore`, so that `npm run report -- --resume`
 * need not repeat it after another cell has failed. Write errors are not fatal.
 */
class KeptTraining extends Callback {
  override readonly last = true;
  private begun = 0;
  private saved = 0;
  private isLost = false;

  constructor(
    private readonly file: string,
    private readonly resumes: boolean,
  ) {
    super();
  }

  override onTrainBegin(): void {
    this.begun = performance.now();
    this.saved = this.begun;
  }

  override restoreTraining(training: TrainingState): boolean {
    if (!this.resumes) return false;
    try {
      const state = readState(this.file);
      if (state === undefined) return false;
      applySnapshot(training as MutableTrainingState, state as unknown as Snapshot);
    } catch {
      // Damaged, or of another training: start from the beginning.
      return false;
    }
    this.begun = Number.NEGATIVE_INFINITY;
    training.print(
      `${training.model.name}: continues after epoch ${training.epoch} of the failed run`,
    );
    return true;
  }

  override onEpochRecorded(epoch: number): void {
    const { training } = this;
    const isEnd = epoch + 1 >= training.epochs || training.stopped;
    const now = performance.now();
    const isDue = isEnd
      ? now - this.begun > 1000 * patience.least
      : now - this.saved > 1000 * patience.between;
    if (!isDue || this.isLost) return;
    this.saved = now;
    try {
      const snapshot = takeSnapshot(training as MutableTrainingState, epoch + 1, 0);
      writeState(this.file, snapshot as unknown as Parameters<typeof writeState>[1]);
    } catch (error) {
      this.isLost = true;
      training.print(`not kept for --resume: ${(error as Error).message}`);
    }
  }
}

/** The callback that keeps this training; null outside of headless runs, and for a training with its own backup. */
export function keptTraining(
  { model, optimizer, callbacks, history }: MutableTrainingState,
  { columns }: Feed,
): Callback | null {
  const { keptTrainings, resumes } = environment();
  const point = pointOfRun();
  if (!keptTrainings || !point || !hasState(optimizer) || !columns) return null;
  if (callbacks.some((callback) => callback instanceof BackupAndRestore)) return null;
  const hash = crypto.createHash('sha256').update(point);
  // Automatic layer names are numbered per process, so they are ignored.
  const configs = model.layers.map((layer) => [layer.getClassName(), layer.getConfig()]);
  hash.update(
    JSON.stringify([history.params, configs], (key, value) => (key === 'name' ? 0 : value)),
  );
  for (const weight of model.getWeights()) update(hash, weight.dataSync());
  for (const rows of [...columns.x, ...columns.y, ...columns.weights]) {
    if (rows && 'read' in rows) hash.update(rows.key);
    else if (rows) update(hash, rows.values);
  }
  return new KeptTraining(
    path.join(keptTrainings, `${hash.digest('hex').slice(0, 32)}.state`),
    resumes,
  );
}

function update(hash: crypto.Hash, values: ArrayBufferView): void {
  const most = 1 << 28;
  for (let at = 0; at < values.byteLength; at += most) {
    const length = Math.min(most, values.byteLength - at);
    hash.update(new Uint8Array(values.buffer, values.byteOffset + at, length));
  }
}
