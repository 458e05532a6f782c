import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import type { Metric } from './metric';

/** Fraction of correct predictions: `[correct, count]` as int32, so that counts are exact. */
export function hitRate(hits: Tensor): Tensor {
  const sum = tf.sum(tf.cast(hits, 'int32')).asType('int32');
  return tf.stack([sum, tf.scalar(hits.size, 'int32')]);
}

export function ratio({ values }: { values: ArrayLike<number> }): number[] {
  return [values[1] ? values[0]! / values[1] : Number.NaN];
}

/** Whether each value is above the threshold, as bool. */
export function above(values: Tensor, threshold: number): Tensor {
  return tf.greater(values, threshold);
}

/** A single output is always the largest one: such a metric would always be 1. */
function needClasses(name: string, units: number): void {
  if (units > 1) return;
  throw new GradbookError(
    `${name} compares classes, but the model has one output: give binary_accuracy, or one output per class`,
    'bad-option',
  );
}

/** Fraction of examples whose largest output is at the largest label (Keras `CategoricalAccuracy`). */
export function categoricalAccuracy({ name = 'categorical_accuracy' } = {}): Metric {
  return {
    name,
    check: (units) => needClasses(name, units),
    direction: 'up',
    measure: (labels, outputs) => hitRate(tf.equal(tf.argMax(labels, -1), tf.argMax(outputs, -1))),
    values: ratio,
  };
}

/** Fraction of correct labels (Keras `BinaryAccuracy`); also for masks. */
export function binaryAccuracy({ name = 'binary_accuracy', threshold = 0.5 } = {}): Metric {
  return {
    name,
    direction: 'up',
    measure: (labels, outputs) => hitRate(tf.equal(above(labels, 0.5), above(outputs, threshold))),
    values: ratio,
  };
}

/**
 * Binary accuracy of each label, under `<name>_<label>`; `labels` are their names, by default
 * numbers.
 */
export function binaryAccuracyPerLabel({
  name = 'binary_accuracy',
  threshold = 0.5,
  labels: names = undefined as readonly string[] | undefined,
} = {}): Metric {
  return {
    name,
    direction: 'up',
    keys: (units) => labelKeys(name, units, names),
    measure(labels, outputs) {
      const units = labels.shape[labels.rank - 1]!;
      const hits = tf.equal(above(labels, 0.5), above(outputs, threshold)).reshape([-1, units]);
      const counts = tf.fill([units], hits.shape[0]!, 'int32');
      return tf.stack([tf.sum(hits.asType('int32'), 0).asType('int32'), counts]);
    },
    values({ values, shape }) {
      const units = shape[1]!;
      return Array.from({ length: units }, (_, i) => values[i]! / values[units + i]!);
    },
  };
}

/** `<name>_<label>` for each unit. Throws GradbookError `bad-option` for a wrong number of names. */
export function labelKeys(name: string, units: number, labels?: readonly string[]): string[] {
  if (labels && labels.length !== units) {
    throw new GradbookError(
      `${name} has ${labels.length} labels and the model ${units} outputs: give one label for each output`,
      'bad-option',
    );
  }
  return Array.from({ length: units }, (_, i) => `${name}_${labels?.[i] ?? i}`);
}

/**
 * Fraction of examples whose true class is among the `k` largest outputs (Keras
 * `TopKCategoricalAccuracy`). Ties at the k-th place count as correct, as in TensorFlow's
 * `in_top_k`.
 */
export function topKAccuracy({ k = 5, name = 'top_k_categorical_accuracy' } = {}): Metric {
  return {
    name,
    check: (units) => needClasses(name, units),
    direction: 'up',
    measure(labels, outputs) {
      const units = outputs.shape[outputs.rank - 1]!;
      const truth = tf.oneHot(tf.argMax(labels, -1).asType('int32'), units).asType('float32');
      const own = tf.sum(tf.mul(outputs, truth), -1, true);
      const larger = tf.sum(tf.greater(outputs, own).asType('int32'), -1);
      // Comparisons with NaN are false; TensorFlow counts such a row as wrong.
      return hitRate(tf.logicalAnd(tf.less(larger, k), tf.logicalNot(tf.isNaN(own.squeeze([-1])))));
    },
    values: ratio,
  };
}

/** Fraction of examples with all labels correct (scikit-learn's `accuracy_score` of multi-hot rows). */
export function exactMatch({ name = 'exact_match', threshold = 0.5 } = {}): Metric {
  return {
    name,
    direction: 'up',
    measure(labels, outputs) {
      const right = tf.equal(above(labels, 0.5), above(outputs, threshold));
      return hitRate(tf.all(right.reshape([labels.shape[0]!, -1]), 1));
    },
    values: ratio,
  };
}
