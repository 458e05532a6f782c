import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ModelExamples } from '../data';
import { asCompiled, resolvePrecision, withPrecision } from '../ops';
import { GradbookError, interruptCount, interruptSince, nextSeed, tf } from '../runtime';
import { breathe } from './batches';
import { checkExamples, wholeNumber } from './checks';
import { type Batch, batchOf } from './columns';
import { resolveOptimizer, setLearningRate } from './optimizer';
import { type EvaluateOptions, resolveOutputs } from './options';
import { epochOrder, withStepSeed } from './seeds';
import { learnFrom, trainingStep } from './step';
import { copyWeights, putWeights } from './weights';

export interface FindLearningRateOptions
  extends Pick<EvaluateOptions, 'loss' | 'lossWeights' | 'batchSize' | 'resize' | 'precision'> {
  /** Name of the optimizer to try: `sgd`, `adagrad`, `rmsprop`, `adam`, `adamw`. Default `adam`. */
  optimizer?: string;
  /** Lowest and highest learning rate. Default 1e-6 and 1. */
  from?: number;
  to?: number;
  /** Batches to train on. Default 100. */
  steps?: number;
  /** Default: drawn from `setSeed`'s generator. */
  seed?: number;
}

/** Plain numbers that `learningRateFinder` of the plots draws. */
export interface LearningRateTest {
  /** Learning rates tried, growing evenly on a log scale. */
  learningRates: number[];
  /** Loss of the batch at each, before that step. */
  losses: number[];
  /** The losses smoothed: exponential mean with weight 0.9, corrected for its start. */
  smoothed: number[];
  /** Where the smoothed loss falls most steeply; NaN when it never falls. */
  suggested: number;
}

/**
 * Tries learning rates from low to high, one a batch, and notes the loss (Smith, "Cyclical Learning
 * Rates", 2017). Ends early when the smoothed loss is four times its least. The model's weights are
 * as before afterwards.
 *
 * @throws GradbookError `bad-shape`, `bad-option`, `unknown-loss`, `unknown-optimizer`
 */
export async function findLearningRate(
  model: LayersModel,
  examples: ModelExamples,
  options: FindLearningRateOptions = {},
): Promise<LearningRateTest> {
  const { optimizer: name = 'adam', from = 1e-6, to = 1, steps = 100, batchSize = 32 } = options;
  const { resize, seed = nextSeed() } = options;
  wholeNumber(steps, 'steps', 3);
  wholeNumber(batchSize, 'batchSize', 1);
  if (!(from > 0 && to > from)) {
    throw new GradbookError(
      `learning rates from ${from} to ${to}: give two above 0, the lower first`,
      'bad-option',
    );
  }
  const measures = resolveOutputs(model, { ...options, metrics: [] });
  const columns = checkExamples(model, examples, measures, 'the set', resize);
  const count = columns.x[0]!.shape[0]!;
  const precision = resolvePrecision(options.precision, model);
  const before = copyWeights(model);
  const { optimizer } = resolveOptimizer(name, model, from);
  const test: LearningRateTest = {
    learningRates: [],
    losses: [],
    smoothed: [],
    suggested: Number.NaN,
  };
  const start = interruptCount();
  try {
    const train = asCompiled(model, () =>
      trainingStep(model, measures.outputs, optimizer, undefined),
    );
    const step = (batch: Batch) => asCompiled(model, () => learnFrom(train, batch));
    const batches = Math.ceil(count / batchSize);
    for (let i = 0; i < steps && !interruptSince(start); i++) {
      const rate = from * (to / from) ** (i / (steps - 1));
      setLearningRate(optimizer, rate);
      const epoch = Math.floor(i / batches);
      const order = epochOrder(count, seed, epoch, true);
      const first = (i % batches) * batchSize;
      const last = Math.min(first + batchSize, count);
      const value = withStepSeed(seed, epoch, i, () =>
        tf.tidy(() => {
          const batch = batchOf(columns, order, first, last, resize);
          return withPrecision(precision, () => step(batch)).loss.dataSync()[0]!;
        }),
      );
      if (!note(test, rate, value)) break;
      await breathe();
    }
  } finally {
    putWeights(model, before);
    optimizer.dispose();
  }
  test.suggested = steepestFall(test);
  return test;
}

/** Adds a loss. Returns false when it has run away. */
function note(test: LearningRateTest, rate: number, loss: number): boolean {
  if (!Number.isFinite(loss)) return false;
  test.learningRates.push(rate);
  test.losses.push(loss);
  const weight = 0.9;
  // The mean undoes its correction, takes the loss in and is corrected again.
  const n = test.losses.length;
  const mean = (test.smoothed.at(-1) ?? 0) * (1 - weight ** (n - 1));
  test.smoothed.push((weight * mean + (1 - weight) * loss) / (1 - weight ** n));
  return test.smoothed[n - 1]! <= 4 * Math.min(...test.smoothed);
}

function steepestFall({ learningRates, smoothed }: LearningRateTest): number {
  const least = smoothed.indexOf(Math.min(...smoothed));
  let best = Number.NaN;
  let steepest = 0;
  // The mean of the first few losses still jumps about.
  for (let i = Math.ceil(smoothed.length / 10); i < least; i++) {
    const slope = smoothed[i + 1]! - smoothed[i - 1]!;
    if (slope < steepest) {
      steepest = slope;
      best = learningRates[i]!;
    }
  }
  return best;
}
