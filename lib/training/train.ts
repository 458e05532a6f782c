import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Examples } from '../data/types';
import { interruptCount, interruptSince, nextSeed, tf } from '../runtime';
import { batchTensor, breathe } from './batches';
import { checkExamples, wholeNumber } from './checks';
import { listenForCtrlC } from './ctrl-c';
import { measure } from './evaluate';
import { Figures, figureDirections } from './figures';
import { emptyHistory, epochOfLeastLoss, type History, type Logs, recordEpoch } from './history';
import { resolveOptimizer } from './optimizer';
import { classWeightTensor, type Measures, resolveMeasures, type TrainOptions } from './options';
import { Run } from './run';
import { epochOrder, withStepSeed } from './seeds';
import { trainingStep } from './step';

/**
 * Trains a model with one input and one output, and tells how it went. Weights, moving statistics
 * and the given optimizer's state change in place; no tensor is left behind. With the same seed,
 * weights and examples it gives the same weights, bit for bit on the CPU.
 *
 * An interrupt (JupyterLab's stop, Ctrl-C) ends it within one batch: callbacks finish as usual, so
 * that the best weights come back, and `history.interrupted` is true.
 *
 * @param model takes part whether compiled or not; what options leave out comes from `compile`
 * @param examples inputs and targets; bytes stay bytes until their batch
 * @throws GradbookError `bad-shape`, `bad-option`, `bad-model`, `nothing-to-train`,
 * `unknown-metric`, `unknown-loss`, `unknown-optimizer`, before the first step
 *
 * @example
 * const history = await train(model, examplesOf(train, 'single'), {
 *   epochs: 40,
 *   validation: examplesOf(validation, 'single'),
 *   callbacks: [new EarlyStopping({ patience: 5, restoreBestWeights: true })],
 * });
 */
export async function train(
  model: LayersModel,
  examples: Examples,
  options: TrainOptions,
): Promise<History> {
  const measures = resolveMeasures(model, options);
  checkOptions(model, examples, options);
  const { optimizer, owned } = resolveOptimizer(options.optimizer, model, options.learningRate);
  const trainFigures = new Figures(measures.metrics, measures.units);
  const classWeight = classWeightTensor(options.classWeight, measures.units);
  const quiet = listenForCtrlC();
  const { callbacks = [] } = options;
  let failure: unknown;
  try {
    const step = trainingStep(model, measures.loss, optimizer, classWeight);
    const run = new Run(
      model,
      optimizer,
      callbacks,
      trainFigures,
      knownFigures(measures, options),
      emptyHistory(params(examples, options)),
      options.initialEpoch ?? 0,
      options.label ?? `training ${model.name}`,
    );
    for (const callback of run.callbacks) callback.attach(run);
    await run.tell((callback) => callback.onTrainBegin());
    await epochs(run, examples, options, measures, step, classWeight);
    run.history.interrupted = run.interrupted;
    run.history.bestEpoch ??= epochOfLeastLoss(run.history);
    await run.tell((callback) => callback.onTrainEnd());
    return run.history;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    for (const callback of callbacks) callback.onTrainClosed(failure);
    quiet();
    trainFigures.dispose();
    classWeight?.dispose();
    if (owned) optimizer.dispose();
  }
}

type Step = ReturnType<typeof trainingStep>;
type ClassWeight = ReturnType<typeof classWeightTensor>;

async function epochs(
  run: Run,
  examples: Examples,
  options: TrainOptions,
  measures: Measures,
  step: Step,
  classWeight: ClassWeight,
): Promise<void> {
  const { history } = run;
  const start = interruptCount();
  const interrupted = () => {
    run.interrupted ||= interruptSince(start);
    return run.interrupted;
  };
  for (run.epoch = run.initialEpoch; run.epoch < run.epochs && !run.stopped; run.epoch++) {
    const began = performance.now();
    await run.tell((callback) => callback.onEpochBegin(run.epoch));
    await batches(run, examples, options, step, interrupted);
    if (interrupted()) return;
    const logs: Logs = run.trainFigures.read();
    run.trainFigures.dispose();
    if (options.validation) {
      const figures = await measure(
        run.model,
        options.validation,
        measures,
        options,
        classWeight,
        interrupted,
      );
      if (!figures) return;
      for (const [key, value] of Object.entries(figures)) logs[`val_${key}`] = value;
    }
    logs['learning_rate'] = run.learningRate;
    await run.tell((callback) => callback.onEpochEnd(run.epoch, logs));
    recordEpoch(history, run.epoch, logs, (performance.now() - began) / 1000);
    if (run.stopped) history.stoppedEpoch = run.epoch;
  }
}

async function batches(
  run: Run,
  { x, y }: Examples,
  { augment, resize, shuffle = true }: TrainOptions,
  step: Step,
  interrupted: () => boolean,
): Promise<void> {
  const { history } = run;
  const { batchSize, examples: count, seed } = history.params;
  const order = epochOrder(count, seed, run.epoch, shuffle);
  while (run.batch < run.steps) {
    const { batch } = run;
    const from = batch * batchSize;
    const to = Math.min(from + batchSize, count);
    await run.tell((callback) => callback.onBatchBegin(batch));
    withStepSeed(seed, run.epoch, batch, () =>
      tf.tidy(() => {
        const plain = batchTensor(x, order, from, to, resize);
        const labels = batchTensor(y, order, from, to);
        const result = step(augment ? augment(plain) : plain, labels);
        run.trainFigures.add(result.loss, labels, result.outputs);
      }),
    );
    run.batch++;
    history.peakTensors = Math.max(history.peakTensors, tf.memory().numTensors);
    history.peakMemory = Math.max(history.peakMemory, process.memoryUsage.rss());
    await run.tell((callback) => callback.onBatchEnd(batch, run.trainFigures));
    await breathe();
    if (interrupted() || run.stopped) break;
  }
  run.batch = 0;
}

function checkOptions(model: LayersModel, examples: Examples, options: TrainOptions): void {
  wholeNumber(options.epochs, 'epochs', 0);
  wholeNumber(options.initialEpoch ?? 0, 'initialEpoch', 0);
  wholeNumber(options.batchSize ?? 32, 'batchSize', 1);
  checkExamples(model, examples, 'the training set', options.resize);
  if (options.validation) {
    checkExamples(model, options.validation, 'the validation set', options.resize);
  }
}

function params(examples: Examples, options: TrainOptions): History['params'] {
  const { epochs: all, batchSize = 32 } = options;
  const count = examples.x.shape[0]!;
  const seed = options.seed ?? nextSeed();
  return { epochs: all, steps: Math.ceil(count / batchSize), batchSize, examples: count, seed };
}

function knownFigures(measures: Measures, { validation, callbacks = [] }: TrainOptions) {
  const own = figureDirections(measures.metrics, measures.units);
  const figures = new Map<string, 'up' | 'down' | null>(own);
  if (validation) for (const [key, way] of own) figures.set(`val_${key}`, way);
  figures.set('learning_rate', null);
  for (const key of callbacks.flatMap((callback) => callback.adds)) {
    if (!figures.has(key)) figures.set(key, null);
  }
  return figures;
}
