import { interruptCount, interruptSince, tf } from '../runtime';
import { breathe } from './batches';
import type { Evaluator } from './evaluator';
import type { EpochBatches, FedBatch, Feed } from './feed';
import { type Logs, recordEpoch } from './history';
import type { TrainingJob } from './job';
import type { Learner } from './learner';
import type { MutableTrainingState } from './mutable-training-state';
import { withStepSeed } from './seeds';

/** A training that is ready to run. */
interface PreparedTraining extends TrainingJob {
  learner: Learner;
  feed: Feed;
  /** Measures on the validation set, where there is one. */
  validator: Evaluator | undefined;
}

/** Runs the epochs from the current position of `run` to the end, a stop or an interrupt. */
export async function runEpochs(training: PreparedTraining): Promise<void> {
  const { run } = training;
  const start = interruptCount();
  const interrupted = () => {
    run.interrupted ||= interruptSince(start);
    return run.interrupted;
  };
  // If restored between a stop and the end of its epoch, the epoch still has to be completed.
  for (; run.epoch < run.epochs && (!run.stopped || run.batch > 0); run.epoch++) {
    const began = performance.now();
    // If restored in the middle of an epoch, `onEpochBegin` was called before.
    if (run.batch === 0) await run.tell((callback) => callback.onEpochBegin(run.epoch));
    await runBatches(training, interrupted);
    if (run.interrupted) return;
    const logs = await epochLogs(training, interrupted);
    if (!logs) return;
    await run.tell((callback) => callback.onEpochEnd(run.epoch, logs));
    recordEpoch(run.history, run.epoch, logs, (performance.now() - began) / 1000);
    if (run.stopped) run.history.stoppedEpoch = run.epoch;
    await run.tell((callback) => callback.onEpochRecorded(run.epoch));
  }
}

async function runBatches(training: PreparedTraining, interrupted: () => boolean): Promise<void> {
  const { run, feed } = training;
  const { seed } = run.history.params;
  const first = run.batch;
  const batches = feed.open({ epoch: run.epoch, batch: first, seed });
  try {
    const rows = await runFed(training, batches, interrupted);
    if (rows !== null && !run.stopped && !interrupted()) noteLength(training, rows, first);
  } finally {
    await batches.close();
  }
}

/** Learns from an epoch's batches. Returns how many rows there were, null before their end. */
async function runFed(
  training: PreparedTraining,
  batches: EpochBatches,
  interrupted: () => boolean,
): Promise<number | null> {
  const { run } = training;
  let rows = 0;
  while (run.batch < run.steps) {
    if (run.stopped || interrupted()) return null;
    const fed = await batches.next();
    if (!fed) break;
    rows += fed.size;
    await runBatch(training, fed);
    await breathe();
  }
  return rows;
}

async function runBatch({ run, learner }: PreparedTraining, fed: FedBatch): Promise<void> {
  const { batch } = run;
  const { seed } = run.history.params;
  try {
    await run.tell((callback) => callback.onBatchBegin(batch));
    withStepSeed(seed, run.epoch, batch, () =>
      tf.tidy(() => learner.run(fed.raw(), fed.positions)),
    );
  } finally {
    fed.dispose();
  }
  run.batch++;
  notePeaks(run);
  await run.tell((callback) => callback.onBatchEnd(batch, run.trainMetrics));
}

/** What the end of an epoch tells of data whose length nobody knew; says where there were too few. */
function noteLength({ run, options }: PreparedTraining, rows: number, first: number): void {
  const { params } = run.history;
  if (options.stepsPerEpoch !== undefined && run.batch < options.stepsPerEpoch) {
    run.print(
      `the training set ran out of data after ${run.batch} of stepsPerEpoch ${options.stepsPerEpoch} batches of epoch ${run.epoch + 1}; it is begun again`,
    );
  } else {
    params.steps ||= run.batch;
  }
  // Restored in the middle of an epoch, a training has not seen all of it.
  if (first === 0) params.examples ||= rows;
}

/** Metrics of the finished epoch, with those of the validation set; null after an interrupt. */
async function epochLogs(
  training: PreparedTraining,
  interrupted: () => boolean,
): Promise<Logs | null> {
  const { run, validator } = training;
  const logs: Logs = run.trainMetrics.read();
  run.trainMetrics.dispose();
  run.batch = 0;
  if (validator) {
    const figures = await validate(run, validator, interrupted);
    if (!figures) return null;
    for (const [key, value] of Object.entries(figures)) logs[`val_${key}`] = value;
  }
  logs['learning_rate'] = run.learningRate;
  return logs;
}

async function validate(
  run: MutableTrainingState,
  validator: Evaluator,
  interrupted: () => boolean,
) {
  await run.tell((callback) => callback.onTestBegin());
  try {
    return await validator.measure(interrupted);
  } finally {
    await run.tell((callback) => callback.onTestEnd());
  }
}

function notePeaks({ history }: MutableTrainingState): void {
  history.peakTensors = Math.max(history.peakTensors, tf.memory().numTensors);
  history.peakMemory = Math.max(history.peakMemory, process.memoryUsage.rss());
}
