import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { resolvePrecision } from '../ops';
import { explainMemory, nextSeed, releaseMemory } from '../runtime';
import type { Callback } from './callbacks/callback';
import { ProgressBar } from './callbacks/progress-bar';
import { asCallback } from './callbacks/tfjs-callback';
import { wholeNumber } from './checks';
import { checkClip } from './clip';
import { listenForCtrlC } from './ctrl-c';
import { Evaluator } from './evaluator';
import { examplesFeed, type Feed, isTrainingStream, type TrainingData } from './feed';
import { GradientSums } from './gradient-sums';
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
import { tellHistory } from './tell-history';

/**
 * Trains a model and returns its history. Weights, moving statistics and the given optimizer's
 * state are updated in place; no tensors are left. With the same seed, weights and examples it
 * gives the same weights, bit for bit, on the CPU with the same number of threads (which affects
 * the order of sums and so rounding).
 *
 * An interrupt (JupyterLab's stop, Ctrl-C) ends it within one batch: callbacks finish as usual, so
 * that the best weights are restored, and `history.interrupted` is true.
 *
 * @param model compiled or not; missing options are taken from `compile`
 * @param examples inputs and targets; uint8 values are converted batch by batch
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
  examples: TrainingData,
  options: TrainOptions,
): Promise<History> {
  checkOptions(options);
  const measures = resolveOutputs(model, options);
  const feeds = await openFeeds(model, examples, measures, options);
  try {
    return await trainOn(model, feeds, measures, options);
  } finally {
    await feeds.training.dispose();
    await feeds.validation?.dispose();
  }
}

interface Feeds {
  training: Feed;
  validation: Feed | undefined;
}

async function openFeeds(
  model: LayersModel,
  examples: TrainingData,
  measures: CompiledOutputs,
  options: TrainOptions,
): Promise<Feeds> {
  const { validationData, epochs, initialEpoch, prefetch, resize } = options;
  const common = { epochs, prefetch, resize };
  const streamed = [examples, ...(validationData ? [validationData] : [])].map(isTrainingStream);
  // Beside rows, it is theirs.
  const batchSize = (data: TrainingData) =>
    isTrainingStream(data) && streamed.includes(false) ? undefined : options.batchSize;
  const training = await examplesFeed(model, examples, measures, {
    ...{ ...common, what: 'the training set', batchSize: batchSize(examples), initialEpoch },
    ...{ steps: options.stepsPerEpoch, stepsName: 'stepsPerEpoch' },
    shuffle: options.shuffle ?? true,
  });
  try {
    const validation =
      validationData &&
      (await examplesFeed(model, validationData, measures, {
        ...{ ...common, what: 'the validation set', batchSize: batchSize(validationData) },
        ...{ steps: options.validationSteps, stepsName: 'validationSteps' },
      }));
    return { training, validation };
  } catch (error) {
    await training.dispose();
    throw error;
  }
}

async function trainOn(
  model: LayersModel,
  { training: feed, validation }: Feeds,
  measures: CompiledOutputs,
  options: TrainOptions,
): Promise<History> {
  const precision = resolvePrecision(options.precision, model);
  const callbacks = allCallbacks(options, options.label ?? `training ${model.name}`);
  const classWeight = classWeightTensor(options.classWeight, measures);
  const { optimizer, owned } = resolveOptimizer(options.optimizer, model, options.learningRate);
  const accumulation = options.gradientAccumulationSteps ?? 1;
  const run = new MutableTrainingState(
    model,
    optimizer,
    callbacks,
    new RunningMetrics(measures.outputs),
    knownFigures(measures, options, callbacks),
    emptyHistory({ ...params(feed, options), precision }),
    options.initialEpoch ?? 0,
    accumulation > 1 ? new GradientSums(accumulation) : undefined,
  );
  const kept = keptTraining(run, feed);
  if (kept) callbacks.push(kept);
  let learner: Learner | undefined;
  let validator: Evaluator | undefined;
  let stopListening = () => {};
  let failure: unknown;
  try {
    stopListening = await listenForCtrlC();
    const job = { run, columns: feed.layout, options, measures, precision };
    learner = new Learner(job, model, optimizer, classWeight);
    validator = validation && new Evaluator(model, validation, measures, options, options.epochs);
    for (const callback of callbacks) callback.attach(run);
    await run.tell((callback) => callback.onTrainBegin());
    callbacks.some((callback) => callback.restoreTraining(run));
    await runEpochs({ ...job, feed, learner, validator });
    run.history.interrupted = run.interrupted;
    run.history.bestEpoch = epochOfLeastLoss(run.history);
    await run.tell((callback) => callback.onTrainEnd());
    return run.history;
  } catch (error) {
    failure = explainMemory(error, feed.batchSize, `training ${model.name}`);
    throw failure;
  } finally {
    stopListening();
    for (const callback of callbacks) await callback.onTrainClosed(failure);
    tellHistory(model.name, run.history);
    learner?.dispose();
    validator?.dispose();
    run.trainMetrics.dispose();
    run.sums?.dispose();
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
  wholeNumber(options.gradientAccumulationSteps ?? 1, 'gradientAccumulationSteps', 1);
  checkClip(options);
}

function params(feed: Feed, { epochs, seed = nextSeed() }: TrainOptions) {
  const { batchSize } = feed;
  return { epochs, steps: feed.steps ?? 0, batchSize, examples: feed.examples ?? 0, seed };
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
