import type { ComputePrecision } from '../ops';
import { interruptCount, interruptSince, tf } from '../runtime';
import { breathe } from './batches';
import { type Columns, rawColumns } from './columns';
import type { Evaluator } from './evaluator';
import { type Logs, recordEpoch } from './history';
import type { Learner } from './learner';
import type { CompiledOutputs, TrainOptions } from './options';
import type { Run } from './run';
import { epochOrder, withStepSeed } from './seeds';

/** A training with everything it needs, checked and found. */
export interface Session {
  run: Run;
  columns: Columns;
  options: TrainOptions;
  measures: CompiledOutputs;
  /** What the steps are computed in. */
  precision: ComputePrecision;
  learner: Learner;
  /** Measures on the validation set, where there is one. */
  validator: Evaluator | undefined;
}

/** Runs the epochs from where `run` stands to the end, a stop or an interrupt. */
export async function runEpochs(session: Session): Promise<void> {
  const { run } = session;
  const start = interruptCount();
  const interrupted = () => {
    run.interrupted ||= interruptSince(start);
    return run.interrupted;
  };
  // Restored between a stop and the end of its epoch, the epoch still has to end.
  for (; run.epoch < run.epochs && (!run.stopped || run.batch > 0); run.epoch++) {
    const began = performance.now();
    // Restored in the middle of an epoch, the callbacks have seen its beginning before.
    if (run.batch === 0) await run.tell((callback) => callback.onEpochBegin(run.epoch));
    await runBatches(session, interrupted);
    if (run.interrupted) return;
    const logs = await epochLogs(session, interrupted);
    if (!logs) return;
    await run.tell((callback) => callback.onEpochEnd(run.epoch, logs));
    recordEpoch(run.history, run.epoch, logs, (performance.now() - began) / 1000);
    if (run.stopped) run.history.stoppedEpoch = run.epoch;
    await run.tell((callback) => callback.onEpochRecorded(run.epoch));
  }
}

async function runBatches(session: Session, interrupted: () => boolean): Promise<void> {
  const { run, options, columns } = session;
  const { seed } = run.history.params;
  const order = epochOrder(columns.x[0]!.shape[0]!, seed, run.epoch, options.shuffle ?? true);
  while (run.batch < run.steps && !run.stopped && !interrupted()) {
    const { batch } = run;
    await run.tell((callback) => callback.onBatchBegin(batch));
    withStepSeed(seed, run.epoch, batch, () => tf.tidy(() => learn(session, order)));
    run.batch++;
    notePeaks(run);
    await run.tell((callback) => callback.onBatchEnd(batch, run.trainMetrics));
    await breathe();
  }
}

function learn({ run, columns, learner }: Session, order: Int32Array): void {
  const { batchSize } = run.history.params;
  const from = run.batch * batchSize;
  const to = Math.min(from + batchSize, order.length);
  learner.run(rawColumns(columns, order, from, to), order.subarray(from, to));
}

/** Figures of the finished epoch, with those of the validation set; null after an interrupt. */
async function epochLogs(session: Session, interrupted: () => boolean): Promise<Logs | null> {
  const { run, validator } = session;
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

async function validate(run: Run, validator: Evaluator, interrupted: () => boolean) {
  await run.tell((callback) => callback.onTestBegin());
  try {
    return await validator.measure(interrupted);
  } finally {
    await run.tell((callback) => callback.onTestEnd());
  }
}

function notePeaks({ history }: Run): void {
  history.peakTensors = Math.max(history.peakTensors, tf.memory().numTensors);
  history.peakMemory = Math.max(history.peakMemory, process.memoryUsage.rss());
}
