import { interruptCount, interruptSince, tf } from '../runtime';
import { breathe } from './batches';
import { rawColumns } from './columns';
import type { Evaluator } from './evaluator';
import { type Logs, recordEpoch } from './history';
import type { TrainingJob } from './job';
import type { Learner } from './learner';
import type { MutableTrainingState } from './mutable-training-state';
import { epochOrder, withStepSeed } from './seeds';

/** A training that is ready to run. */
interface PreparedTraining extends TrainingJob {
  learner: Learner;
  /** Evaluates on the validation set, if there is one. */
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
  const { run, options, columns } = training;
  const { seed } = run.history.params;
  const order = epochOrder(columns.x[0]!.shape[0]!, seed, run.epoch, options.shuffle ?? true);
  while (run.batch < run.steps && !run.stopped && !interrupted()) {
    const { batch } = run;
    await run.tell((callback) => callback.onBatchBegin(batch));
    withStepSeed(seed, run.epoch, batch, () => tf.tidy(() => learn(training, order)));
    run.batch++;
    notePeaks(run);
    await run.tell((callback) => callback.onBatchEnd(batch, run.trainMetrics));
    await breathe();
  }
}

function learn({ run, columns, learner }: PreparedTraining, order: Int32Array): void {
  const { batchSize } = run.history.params;
  const from = run.batch * batchSize;
  const to = Math.min(from + batchSize, order.length);
  learner.run(rawColumns(columns, order, from, to), order.subarray(from, to));
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
