import * as fs from 'node:fs';
import type { ComputePrecision } from '../ops';
import { GradbookError, inWorkspace, writeFileAtomic } from '../runtime';

/** Metrics of one epoch by name, such as `{ loss: 0.3, val_accuracy: 0.9 }`. */
export type Logs = Record<string, number>;

/** The history of a training: a plain object that can be stored as JSON. */
export interface History {
  /** Indices of the finished epochs, from 0. */
  epoch: number[];
  /**
   * One list per metric, one entry per epoch, under Keras's keys: `loss`, `accuracy`, `val_loss`,
   * `val_accuracy`, `learning_rate` and so on.
   */
  history: Record<string, number[]>;
  /** Seconds that each epoch took, validation included. */
  seconds: number[];
  /** Epoch after which a callback ended the training; null when no callback did. */
  stoppedEpoch: number | null;
  /** Best epoch by the metric that EarlyStopping monitored, else by `val_loss` or `loss`. */
  bestEpoch: number | null;
  /** Whether the user interrupted the training. */
  interrupted: boolean;
  /** Largest number of tensors at the end of a batch. */
  peakTensors: number;
  /** Largest resident memory of the process at the end of a batch, in bytes. */
  peakMemory: number;
  params: {
    epochs: number;
    /** Batches of an epoch; 0 until the first epoch of data of unknown length has ended. */
    steps: number;
    /** Rows of a batch; of a stream, those of its first. */
    batchSize: number;
    /** Rows of an epoch; 0 as for `steps`. */
    examples: number;
    seed: number;
    /** Precision of the products; absent in histories of earlier versions. */
    precision?: ComputePrecision;
  };
}

export function emptyHistory(params: History['params']): History {
  return {
    epoch: [],
    history: {},
    seconds: [],
    stoppedEpoch: null,
    bestEpoch: null,
    interrupted: false,
    peakTensors: 0,
    peakMemory: 0,
    params,
  };
}

/** Adds a finished epoch. */
export function recordEpoch(history: History, epoch: number, logs: Logs, seconds: number): void {
  history.epoch.push(epoch);
  history.seconds.push(seconds);
  for (const [key, value] of Object.entries(logs)) {
    const values = Object.hasOwn(history.history, key) ? history.history[key]! : [];
    history.history[key] = [...values, value];
  }
}

/** Total seconds of the epochs of one or several trainings, validation included. */
export function trainingSeconds(...histories: readonly History[]): number {
  return histories.flatMap(({ seconds }) => seconds).reduce((sum, value) => sum + value, 0);
}

/** The epoch with the smallest validation loss, or training loss; null before the first. */
export function epochOfLeastLoss({ epoch, history }: History): number | null {
  const losses = history['val_loss'] ?? history['loss'] ?? [];
  let best: number | null = null;
  for (const [i, loss] of losses.entries()) {
    if (best === null ? !Number.isNaN(loss) : loss < losses[best]!) best = i;
  }
  return best === null ? null : epoch[best]!;
}

/** Writes a history as JSON, atomically. NaN and infinities are stored as strings. */
export function saveHistory(file: string, history: History): void {
  const text = JSON.stringify(
    history,
    (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    2,
  );
  writeFileAtomic(inWorkspace(file), `${text}\n`);
}

/** Reads a history written by `saveHistory`. Throws GradbookError `missing-file` or `bad-history`. */
export function loadHistory(file: string): History {
  const full = inWorkspace(file);
  if (!fs.existsSync(full)) {
    throw new GradbookError(`no history at ${full}: write one with saveHistory`, 'missing-file');
  }
  try {
    const history = JSON.parse(fs.readFileSync(full, 'utf8')) as History;
    for (const [key, values] of Object.entries(history.history)) {
      history.history[key] = values.map(Number);
    }
    return history;
  } catch (cause) {
    throw new GradbookError(`${full} is not a history: ${String(cause)}`, 'bad-history', { cause });
  }
}
