import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ModelExamples } from '../data';
import { resolvePrecision } from '../ops';
import { explainMemory, nextSeed, releaseMemory } from '../runtime';
import type { Callback } from './callbacks/callback';
import { ProgressBar } from './callbacks/progress-bar';
import { asCallback } from './callbacks/tfjs-callback';
import { checkExamples, wholeNumber } from './checks';
import type { Columns } from './columns';
import { listenForCtrlC } from './ctrl-c';
import { Evaluator } from './evaluator';
import { emptyHistory, epochOfLeastLoss, type History } from './history';
import { keptTraining } from './kept-training';
import { Learner } from './learner';
import { runEpochs } from './loop';
import { MutableTrainingState } from './mutable-training-state';
import { resolveOptimizer } from './optimizer';
import {
  type CompiledOutputs,
  classWeightTensor,
  resolveOutputs,
  type TrainOptions,
} from './options';
import { figureDirections, RunningMetrics } from './running-metrics';

/**
 * Trains a model, and tells how it went. Weights, moving statistics
 * and the given optimizer's state change in place; no tensor is left behind. With the same seed,
 * weights and examples it gives the same weights, bit for bit, on the CPU with the same number of
 * threads (with another number, sums round differently).
 *
 * An interrupt (JupyterLab's stop, Ctrl-C) ends it within one batch: callbacks finish as usual, so
 * that the best weights come back, and `history.interrupted` is true.
 *
 * @param model compiled or not; what options leave out comes from `compile`
 * @param examples inputs and targets; bytes stay bytes until their batch
 * @throws GradbookError `bad-shape`, `bad-option`, `bad-model`, `nothing-to-train`,
 * `unknown-metric`, `unknown-loss`, `unknown-optimizer`, before the first step
 *
 * @example
 * const history = await train(model, examplesOf(sets.train, 'single'), {
 *   epochs: 40,
 *   validationData: examplesOf(sets.validation, 'single'),
 *   callbacks: [new EarlyStopping({ patience: 5, restoreBestWeights: true })],
 * });
 */
export async function train(
  model: LayersModel,
  examples: ModelExamples,
  options: TrainOptions,
): Promise<History> {
  checkOptions(options);
  const measures = resolveOutputs(model, options);
  const { resize } = options;
  const columns = checkExamples(model, examples, measures, 'the training set', resize);
  const validation =
    options.validationData &&
    checkExamples(model, options.validationData, measures, 'the validation set', resize);
  const precision = resolvePrecision(options.precision, model);
  const callbacks = allCallbacks(options, options.label ?? `training ${model.name}`);
  const classWeight = classWeightTensor(options.classWeight, measures);
  const { optimizer, owned } = resolveOptimizer(options.optimizer, model, options.learningRate);
  const run = new MutableTrainingState(
    model,
    optimizer,
    callbacks,
    new RunningMetrics(measures.outputs),
    knownFigures(measures, options, callbacks),
    emptyHistory({ ...params(columns, options), precision }),
    options.initialEpoch ?? 0,
  );
  const kept = keptTraining(run, columns);
  if (kept) callbacks.push(kept);
  let learner: Learner | undefined;
  let validator: Evaluator | undefined;
  let deaf = () => {};
  let failure: unknown;
  try {
    deaf = await listenForCtrlC();
    const job = { run, columns, options, measures, precision };
    learner = new Learner(job, model, optimizer, classWeight);
    validator = validation && new Evaluator(model, validation, measures, options, options.epochs);
    for (const callback of callbacks) callback.attach(run);
    await run.tell((callback) => callback.onTrainBegin());
    callbacks.some((callback) => callback.restoreTraining(run));
    await runEpochs({ ...job, learner, validator });
    run.history.interrupted = run.interrupted;
    run.history.bestEpoch = epochOfLeastLoss(run.history);
    await run.tell((callback) => callback.onTrainEnd());
    return run.history;
  } catch (error) {
    const { batchSize = 32 } = options;
    failure = explainMemory(error, batchSize, `training ${model.name}`);
    throw failure;
  } finally {
    deaf();
    for (const callback of callbacks) callback.onTrainClosed(failure);
    learner?.dispose();
    validator?.dispose();
    run.trainMetrics.dispose();
    classWeight?.dispose();
    if (owned) optimizer.dispose();
    releaseMemory();
  }
}

function allCallbacks({ callbacks: given = [], verbose = 1 }: TrainOptions, label: string) {
  const callbacks = given.map(asCallback);
  const bar = verbose > 0 && !callbacks.some((callback) => callback instanceof ProgressBar);
  const all = bar ? [...callbacks, new ProgressBar(label)] : callbacks;
  const place = ({ first, last }: Callback) => Number(last) - Number(first);
  return [...all].sort((a, b) => place(a) - place(b));
}

function checkOptions(options: TrainOptions): void {
  wholeNumber(options.epochs, 'epochs', 0);
  wholeNumber(options.initialEpoch ?? 0, 'initialEpoch', 0);
  wholeNumber(options.batchSize ?? 32, 'batchSize', 1);
}

function params({ x }: Columns, options: TrainOptions) {
  const { epochs, batchSize = 32, seed = nextSeed() } = options;
  const count = x[0]!.shape[0]!;
  return { epochs, steps: Math.ceil(count / batchSize), batchSize, examples: count, seed };
}

function knownFigures(
  measures: CompiledOutputs,
  { validationData: validation }: TrainOptions,
  callbacks: readonly Callback[],
) {
  const own = figureDirections(measures.outputs);
  const figures = new Map<string, 'up' | 'down' | null>(own);
  if (validation) for (const [key, way] of own) figures.set(`val_${key}`, way);
  for (const key of ['learning_rate', ...callbacks.flatMap((callback) => callback.adds)]) {
    if (!figures.has(key)) figures.set(key, null);
  }
  return figures;
}
