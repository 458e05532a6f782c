import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { asCompiled, resolvePrecision, withPrecision } from '../ops';
import { GradbookError, interruptCount, interruptSince, nextSeed, tf } from '../runtime';
import { breathe } from './batches';
import { wholeNumber } from './checks';
import { type Batch, prepareInputs, prepareTargets } from './columns';
import { examplesFeed, type TrainingData } from './feed';
import { resolveOptimizer, setLearningRate } from './optimizer';
import { type EvaluateOptions, resolveOutputs } from './options';
import { withStepSeed } from './seeds';
import { learnFrom, trainingStep } from './step';
import { copyWeights, putWeights } from './weights';

export interface FindLearningRateOptions
  extends Pick<
    EvaluateOptions,
    'loss' | 'lossWeights' | 'batchSize' | 'resize' | 'precision' | 'prefetch'
  > {
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

/** Plain numbers, for `learningRateFinder` of the plots. */
export interface LearningRateTest {
  /** Learning rates, evenly spaced on a log scale. */
  learningRates: number[];
  /** Loss of the batch at each, before the step. */
  losses: number[];
  /** The losses smoothed: exponential mean with weight 0.9 and bias correction. */
  smoothed: number[];
  /** Where the smoothed loss falls most steeply; NaN when it never falls. */
  suggested: number;
}

/**
 * Tries learning rates from low to high, one per batch, and records the loss (Smith, "Cyclical
 * Learning Rates", 2017). Ends early when the smoothed loss exceeds four times its minimum. The
 * model's weights are restored afterwards.
 *
 * @param examples rows in memory or on disk, or a stream of batches as for `train`
 * @throws GradbookError `bad-shape`, `bad-batch`, `bad-option`, `unknown-loss`, `unknown-optimizer`
 */
export async function findLearningRate(
  model: LayersModel,
  examples: TrainingData,
  options: FindLearningRateOptions = {},
): Promise<LearningRateTest> {
  const { optimizer: name = 'adam', from = 1e-6, to = 1, steps = 100 } = options;
  const { resize, seed = nextSeed() } = options;
  wholeNumber(steps, 'steps', 3);
  if (!(from > 0 && to > from)) {
    throw new GradbookError(
      `learning rates from ${from} to ${to}: give two above 0, the lower first`,
      'bad-option',
    );
  }
  const measures = resolveOutputs(model, { ...options, metrics: [] });
  const { batchSize, prefetch } = options;
  const feed = await examplesFeed(model, examples, measures, {
    ...{ what: 'the set', batchSize, prefetch, resize, shuffle: true },
    ...{ steps, stepsName: 'stepsPerEpoch' },
  });
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
  let batches = feed.open({ epoch: 0, batch: 0, seed });
  try {
    const train = asCompiled(model, () =>
      trainingStep(model, measures.outputs, optimizer, undefined),
    );
    const step = (batch: Batch) => asCompiled(model, () => learnFrom(train, batch));
    for (let i = 0; i < steps && !interruptSince(start); i++) {
      const rate = from * (to / from) ** (i / (steps - 1));
      setLearningRate(optimizer, rate);
      let fed = await batches.next();
      if (!fed && !interruptSince(start)) {
        // A stream that came to its end is begun again.
        batches = feed.open({ epoch: 1, batch: 0, seed });
        fed = await batches.next();
      }
      if (!fed) break;
      const { raw, dispose } = fed;
      const lossOf = () => {
        const given = raw();
        const { layout } = feed;
        const batch = {
          x: prepareInputs(given.x, layout.x, resize),
          ...prepareTargets(given, layout),
        };
        return withPrecision(precision, () => step(batch)).loss.dataSync()[0]!;
      };
      let value: number;
      try {
        value = withStepSeed(seed, 0, i, () => tf.tidy(lossOf));
      } finally {
        dispose();
      }
      if (!note(test, rate, value)) break;
      await breathe();
    }
  } finally {
    putWeights(model, before);
    optimizer.dispose();
    await batches.close();
    await feed.dispose();
  }
  test.suggested = steepestFall(test);
  return test;
}

/** Adds a loss. Returns false when it has diverged. */
function note(test: LearningRateTest, rate: number, loss: number): boolean {
  if (!Number.isFinite(loss)) return false;
  test.learningRates.push(rate);
  test.losses.push(loss);
  const weight = 0.9;
  // The bias correction is undone, the loss added, and the mean corrected again.
  const n = test.losses.length;
  const mean = (test.smoothed.at(-1) ?? 0) * (1 - weight ** (n - 1));
  test.smoothed.push((weight * mean + (1 - weight) * loss) / (1 - weight ** n));
  return test.smoothed[n - 1]! <= 4 * Math.min(...test.smoothed);
}

function steepestFall({ learningRates, smoothed }: LearningRateTest): number {
  const least = smoothed.indexOf(Math.min(...smoothed));
  let best = Number.NaN;
  let steepest = 0;
  // The mean of the first few losses is still noisy.
  for (let i = Math.ceil(smoothed.length / 10); i < least; i++) {
    const slope = smoothed[i + 1]! - smoothed[i - 1]!;
    if (slope < steepest) {
      steepest = slope;
      best = learningRates[i]!;
    }
  }
  return best;
}
