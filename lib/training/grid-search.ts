import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { StoredExamples } from '../data';
import { progress } from '../notebook';
import { GradbookError, interruptCount, interruptSince, setSeed } from '../runtime';
import { evaluate } from './evaluate';
import type { History } from './history';
import { train } from './train';

/** A value of a setting. Lists are layer widths, such as `[512, 256]`. */
export type SettingValue = number | string | boolean | readonly number[];

/**
 * One point of a grid search: options of the builder; `optimizer`, `learningRate` and `batchSize`
 * of the training; `step`, a label of the point.
 */
export type Setting = Readonly<Record<string, SettingValue>>;

/** Settings of the training, and the point's label; all others are passed to the builder. */
const ownKeys = ['optimizer', 'learningRate', 'batchSize', 'step'];

export interface GridSearchOptions {
  /** Builds the network of a setting. */
  build: (options: Record<string, SettingValue>) => LayersModel;
  /** The points to try: `parameterGrid` makes all combinations. */
  settings: readonly Setting[];
  /** Each point is tried with each seed. Default `[1]`. */
  seeds?: readonly number[];
  train: StoredExamples;
  validation: StoredExamples;
  /** Measured at the end of each run, where given. */
  test?: StoredExamples;
  epochs: number;
  /** Label of the progress bar. Default `exploring`. */
  label?: string;
}

/** The result of one run. Lists in a setting are converted to text, such as `512-256`. */
export type Trial = Record<string, number | string | boolean> & {
  seed: number;
  /** Training accuracy of the last epoch. */
  accuracy: number;
  /** Validation accuracy of the last epoch, the best and the worst of all. */
  val_accuracy: number;
  best: number;
  worst: number;
  /** Mean absolute change of the validation accuracy from one epoch to the next. */
  swing: number;
  /** Training accuracy minus validation accuracy at the end (overfitting). */
  gap: number;
  seconds: number;
};

/** All combinations: `parameterGrid({ a: [1, 2], b: ['x'] })` is `[{ a: 1, b: 'x' }, { a: 2, b: 'x' }]`. */
export function parameterGrid(axes: Readonly<Record<string, readonly SettingValue[]>>): Setting[] {
  return Object.entries(axes).reduce<Setting[]>(
    (settings, [name, values]) =>
      settings.flatMap((setting) => values.map((value) => ({ ...setting, [name]: value }))),
    [{}],
  );
}

/**
 * Trains a new network for each setting and seed, and returns one row each, for `table`,
 * `sweepHeatmap` and `parallelCoordinates`. A training that diverges is not an error: its metrics
 * are returned as they are.
 *
 * @throws GradbookError `interrupted` when interrupted by the user; finished runs are lost
 */
export async function gridSearch(options: GridSearchOptions): Promise<Trial[]> {
  const { settings, seeds = [1], label = 'exploring' } = options;
  const trials: Trial[] = [];
  const bar = progress({ label, total: settings.length * seeds.length, unit: 'run' });
  const since = interruptCount();
  try {
    for (const setting of settings) {
      for (const seed of seeds) {
        const trial = await run(setting, seed, options);
        if (interruptSince(since)) {
          throw new GradbookError(`${label}: stopped after ${trials.length} runs`, 'interrupted');
        }
        trials.push(trial);
        bar.update(trials.length, { val_accuracy: trial.val_accuracy });
      }
    }
    bar.done();
  } catch (error) {
    bar.fail((error as Error).message);
    throw error;
  }
  return trials;
}

async function run(setting: Setting, seed: number, options: GridSearchOptions): Promise<Trial> {
  const build = Object.fromEntries(
    Object.entries(setting).filter(([name]) => !ownKeys.includes(name)),
  );
  setSeed(seed);
  const model = options.build(build);
  try {
    const history = await train(model, options.train, {
      epochs: options.epochs,
      validationData: options.validation,
      optimizer: String(setting['optimizer'] ?? 'adam'),
      learningRate: Number(setting['learningRate'] ?? 1e-3),
      batchSize: Number(setting['batchSize'] ?? 32),
      metrics: ['accuracy'],
      seed,
      verbose: 0,
    });
    const tested = options.test && (await evaluate(model, options.test));
    const plain = Object.entries(setting).map(([name, value]) => [
      name,
      typeof value === 'object' ? value.join('-') : value,
    ]);
    return {
      ...Object.fromEntries(plain),
      seed,
      ...figuresOf(history),
      ...(tested ? { test_accuracy: tested['accuracy'] } : {}),
    } as Trial;
  } finally {
    model.dispose();
  }
}

function figuresOf({ history, seconds }: History) {
  const validation = history['val_accuracy'] ?? [];
  const accuracy = history['accuracy']?.at(-1) ?? Number.NaN;
  const last = validation.at(-1) ?? Number.NaN;
  return {
    accuracy,
    val_accuracy: last,
    best: Math.max(...validation),
    worst: Math.min(...validation),
    swing: swingOf(validation),
    gap: accuracy - last,
    seconds: seconds.reduce((sum, value) => sum + value, 0),
  };
}

/** Mean absolute change from one value to the next; 0 for a single value. */
export function swingOf(values: readonly number[]): number {
  const steps = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
  return steps.length > 0 ? steps.reduce((sum, step) => sum + step, 0) / steps.length : 0;
}

/** The results of the runs of one group. */
export interface GroupSpread {
  group: string;
  runs: number;
  mean: number;
  least: number;
  greatest: number;
  /** Number of runs whose value is not finite, left out of the other columns. Absent if 0. */
  diverged?: number;
}

/**
 * Mean, minimum and maximum of a metric for each value of the given settings, the best first: the
 * lowest mean of a loss or an error, else the highest. Runs whose value is not finite are counted
 * as `diverged` and left out of the mean; groups with such runs come last.
 *
 * @example
 * const trials = await gridSearch({
 *   build: (options) => mlp(options),
 *   settings: parameterGrid({ optimizer: ['sgd', 'adam'], learningRate: [1e-3, 1e-2] }),
 *   train: examplesOf(sets.train), validation: examplesOf(sets.validation), epochs: 5,
 * });
 * table(spreadBy(trials, ['optimizer', 'learningRate'], 'val_accuracy'));
 */
export function spreadBy(
  trials: readonly Readonly<Record<string, unknown>>[],
  by: readonly string[],
  figure: string,
): GroupSpread[] {
  const falls = /loss|error|mse|mae|crossentropy/.test(figure);
  const worse = ({ runs, diverged = 0 }: GroupSpread) =>
    diverged === runs ? 2 : diverged > 0 ? 1 : 0;
  const groups = new Map<string, number[]>();
  for (const trial of trials) {
    const group = by.map((name) => String(trial[name])).join(', ');
    groups.set(group, [...(groups.get(group) ?? []), Number(trial[figure])]);
  }
  return [...groups]
    .map(([group, all]) => {
      const values = all.filter(Number.isFinite);
      const none = values.length === 0;
      const diverged = all.length - values.length;
      return {
        group,
        runs: all.length,
        mean: values.reduce((sum, value) => sum + value, 0) / values.length,
        least: none ? Number.NaN : Math.min(...values),
        greatest: none ? Number.NaN : Math.max(...values),
        ...(diverged ? { diverged } : {}),
      };
    })
    .sort((a, b) => worse(a) - worse(b) || (falls ? a.mean - b.mean : b.mean - a.mean) || 0);
}
