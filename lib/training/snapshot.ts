import { GradbookError } from '../runtime';
import type { CallbackState } from './callbacks/callback';
import type { History } from './history';
import type { MutableTrainingState } from './mutable-training-state';
import { optimizerState, type PortableState, setOptimizerState } from './optimizer';
import { copyWeights, putWeights, type StoredTensor } from './weights';

/**
 * The complete state of a training, to continue in another process with identical results.
 * Shuffles, dropout and augmentation depend only on the seed, the epoch and the batch.
 */
export interface Snapshot {
  /** Current epoch, and number of its finished batches. */
  epoch: number;
  batch: number;
  stopped: boolean;
  weights: StoredTensor[];
  optimizer: PortableState;
  /** Class name and state of each callback that has a state, in order. */
  callbacks: { name: string; state: CallbackState }[];
  /** Loss and metrics of the epoch so far. */
  figures: CallbackState;
  /** Gradients added up so far; null, or left out, without gradientAccumulationSteps. */
  sums?: CallbackState;
  history: History;
}

/** Copies the state of a training to the host. */
export function takeSnapshot(run: MutableTrainingState, epoch: number, batch: number): Snapshot {
  return {
    epoch,
    batch,
    stopped: run.stopped,
    weights: copyWeights(run.model),
    optimizer: optimizerState(run.optimizer, run.model),
    callbacks: callbackStates(run),
    figures: batch > 0 ? run.trainMetrics.getState() : null,
    sums: run.sums?.getState() ?? null,
    history: run.history,
  };
}

/**
 * Restores a training from a snapshot.
 *
 * @throws GradbookError `other-training` when batches or callbacks differ from those of the
 *   snapshot; `bad-weights`, `bad-state` when model or optimizer differ
 */
export function applySnapshot(run: MutableTrainingState, snapshot: Snapshot): void {
  const { params } = run.history;
  const then = snapshot.history.params;
  for (const name of ['examples', 'batchSize'] as const) {
    // 0: data of a length that nobody knew.
    if (then[name] !== params[name] && then[name] > 0 && params[name] > 0) {
      throw otherTraining(`${then[name]} as ${name} where this one has ${params[name]}`);
    }
  }
  const names = callbackStates(run).map(({ name }) => name);
  const namesThen = snapshot.callbacks.map(({ name }) => name);
  if (String(names) !== String(namesThen)) {
    throw otherTraining(
      `the callbacks ${namesThen.join(', ')} where this one has ${names.join(', ')}`,
    );
  }
  putWeights(run.model, snapshot.weights);
  setOptimizerState(run.optimizer, run.model, snapshot.optimizer);
  const stateful = run.callbacks.filter((callback) => callback.getState() !== null);
  for (const [i, callback] of stateful.entries()) callback.setState(snapshot.callbacks[i]!.state);
  if (snapshot.figures !== null) run.trainMetrics.setState(snapshot.figures);
  run.sums?.setState(snapshot.sums ?? null);
  // The number of epochs may grow from one start to the next; the seed stays the first one's.
  Object.assign(run.history, snapshot.history, {
    params: { ...then, epochs: params.epochs, steps: params.steps || then.steps },
  });
  run.epoch = snapshot.epoch;
  run.batch = snapshot.batch;
  run.stopped = snapshot.stopped;
}

function callbackStates({
  callbacks,
}: MutableTrainingState): { name: string; state: CallbackState }[] {
  return callbacks
    .map((callback) => ({ name: callback.constructor.name, state: callback.getState() }))
    .filter(({ state }) => state !== null);
}

function otherTraining(what: string): GradbookError {
  return new GradbookError(
    `the backup is of another training: it has ${what}. Delete it, or give each training its own folder`,
    'other-training',
  );
}
