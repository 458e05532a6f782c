import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { functionName, type LossFunction } from '../losses/stock';
import { ratio } from './accuracy';
import type { Metric } from './metric';

/** A function of labels and outputs, such as those of `tf.metrics`, as tfjs's `compile` takes it. */
export type MetricFunction = (labels: Tensor, outputs: Tensor) => Tensor;

const falling = /error|loss|crossentropy|entropy|proximity|^(mse|mae|mape|msle|cosine)$/i;

/**
 * A metric from a function, averaged as in `model.fit`: the mean over each batch, weighted by the
 * number of its examples. Lower is better where the name is that of an error or a loss.
 */
export function metricOfFunction(compute: MetricFunction, name?: string): Metric {
  const key = name ?? functionName(compute, 'metric');
  return {
    name: key,
    givenLabels: true,
    direction: falling.test(key) ? 'down' : 'up',
    measure(labels, outputs) {
      const count = tf.scalar(labels.shape[0]!);
      const mean = tf.mean(tf.cast(compute(labels, outputs), 'float32'));
      return tf.stack([tf.mul(mean, count), count]);
    },
    values: ratio,
  };
}

const functions: Record<string, () => LossFunction> = {
  mse: () => tf.metrics.meanSquaredError,
  mean_squared_error: () => tf.metrics.meanSquaredError,
  mae: () => tf.metrics.meanAbsoluteError,
  mean_absolute_error: () => tf.metrics.meanAbsoluteError,
  mape: () => tf.metrics.meanAbsolutePercentageError,
  mean_absolute_percentage_error: () => tf.metrics.meanAbsolutePercentageError,
  categorical_crossentropy: () => tf.metrics.categoricalCrossentropy,
  binary_crossentropy: () => tf.metrics.binaryCrossentropy,
  cosine: () => tf.metrics.cosineProximity,
};

export const functionMetricNames = Object.keys(functions);

/** tfjs's metric of this name; undefined for another. */
export function functionMetric(name: string): Metric | undefined {
  if (!Object.hasOwn(functions, name)) return undefined;
  return { ...metricOfFunction(functions[name]!(), name), givenLabels: false };
}
