import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { StoredTensor } from '../weights';
import { above, labelKeys } from './accuracy';
import type { Metric } from './metric';

/**
 * How values of single classes are averaged: `micro` pools all predictions, `macro` is the
 * unweighted mean, `weighted` weights by class frequency, `none` gives one value per class.
 */
export type Average = 'micro' | 'macro' | 'weighted' | 'none';

export interface CountOptions {
  /** Name in the history. */
  name?: string;
  /** Default `micro` for precision and recall, as in Keras; `macro` for F1. */
  average?: Average;
  /**
   * An output above it counts as positive; with `argmax` only the largest output is positive, the
   * first of ties, as in scikit-learn; a single output is compared with 0.5. Default 0.5 for
   * precision and recall, `argmax` for F1, as in Keras, where all ties are positive.
   */
  threshold?: number | 'argmax';
  /** Names of the classes for `average: 'none'`; their indices when left out. */
  labels?: readonly string[];
}

type Counts = { hits: number; said: number; true: number };

/** True positives over predicted positives; 0 without predicted positives. */
export function precision(options: CountOptions = {}): Metric {
  return countMetric('precision', 'micro', 0.5, options, (c) => over(c.hits, c.said));
}

/** True positives over actual positives; 0 without actual positives. */
export function recall(options: CountOptions = {}): Metric {
  return countMetric('recall', 'micro', 0.5, options, (c) => over(c.hits, c.true));
}

/** Harmonic mean of precision and recall: 2TP / (2TP + FP + FN); 0 without positives. */
export function f1(options: CountOptions = {}): Metric {
  return countMetric('f1_score', 'macro', 'argmax', options, (c) =>
    over(2 * c.hits, c.said + c.true),
  );
}

function countMetric(
  defaultName: string,
  defaultAverage: Average,
  defaultThreshold: number | 'argmax',
  options: CountOptions,
  figure: (counts: Counts) => number,
): Metric {
  const {
    name = defaultName,
    average = defaultAverage,
    threshold = defaultThreshold,
    labels: names,
  } = options;
  return {
    name,
    direction: 'up',
    keys: (units) => (average === 'none' ? labelKeys(name, units, names) : [name]),
    measure: (labels, outputs) => countDecisions(labels, outputs, threshold),
    values: (collected) => averaged(classCounts(collected), average, figure),
  };
}

/** `[3, units]` int32: true positives, predicted positives, actual positives. */
function countDecisions(labels: Tensor, outputs: Tensor, threshold: number | 'argmax'): Tensor {
  const units = labels.shape[labels.rank - 1]!;
  const truth = above(labels, 0.5).asType('int32').reshape([-1, units]);
  const said =
    threshold === 'argmax' && units > 1
      ? tf.oneHot(tf.argMax(outputs.reshape([-1, units]), -1).asType('int32'), units)
      : above(outputs, threshold === 'argmax' ? 0.5 : threshold).reshape([-1, units]);
  const yes = said.asType('int32');
  return tf.stack([tf.mul(truth, yes), yes, truth].map((t) => tf.sum(t, 0).asType('int32')));
}

function classCounts({ values, shape }: StoredTensor): Counts[] {
  const units = shape[1]!;
  return Array.from({ length: units }, (_, i) => ({
    hits: values[i]!,
    said: values[units + i]!,
    true: values[2 * units + i]!,
  }));
}

function averaged(counts: Counts[], average: Average, figure: (c: Counts) => number): number[] {
  if (average === 'none') return counts.map(figure);
  if (average === 'micro') {
    const pooled = { hits: 0, said: 0, true: 0 };
    for (const count of counts) {
      pooled.hits += count.hits;
      pooled.said += count.said;
      pooled.true += count.true;
    }
    return [figure(pooled)];
  }
  const weights = counts.map((count) => (average === 'weighted' ? count.true : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return [
    over(
      counts.reduce((sum, c, i) => sum + figure(c) * weights[i]!, 0),
      total,
    ),
  ];
}

function over(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
