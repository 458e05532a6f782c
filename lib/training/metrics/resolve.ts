import { GradbookError } from '../../runtime';
import { snakeCase } from '../losses/stock';
import { binaryAccuracy, categoricalAccuracy, exactMatch, topKAccuracy } from './accuracy';
import { auc } from './auc';
import { iou, meanIou } from './confusion';
import { f1, precision, recall } from './counts';
import {
  functionMetric,
  functionMetricNames,
  type MetricFunction,
  metricOfFunction,
} from './functions';
import type { Metric } from './metric';

/**
 * Keras's `accuracy`: binary accuracy for one output, else whether the largest output is at the
 * largest label. For multi-hot labels too, as in Keras: use `binary_accuracy` or `exact_match`
 * there.
 */
function accuracy(units: number, name: string): Metric {
  return units === 1 ? binaryAccuracy({ name }) : categoricalAccuracy({ name });
}

const named: Record<string, (units: number) => Metric> = {
  accuracy: (units) => accuracy(units, 'accuracy'),
  acc: (units) => accuracy(units, 'acc'),
  categorical_accuracy: () => categoricalAccuracy(),
  sparse_categorical_accuracy: () => categoricalAccuracy({ name: 'sparse_categorical_accuracy' }),
  binary_accuracy: () => binaryAccuracy(),
  top_k_categorical_accuracy: () => topKAccuracy(),
  exact_match: () => exactMatch(),
  precision: () => precision(),
  recall: () => recall(),
  f1_score: () => f1(),
  auc: () => auc(),
  iou: () => iou(),
  mean_iou: () => meanIou(),
};

/** A name, a metric, or a function of labels and outputs such as `tf.metrics.precision`. */
export type GivenMetric = string | Metric | MetricFunction;

/**
 * Finds metrics by their names; camelCase is accepted. Metric objects are returned unchanged.
 *
 * @param units size of the last dimension of the model's output
 * @throws GradbookError `unknown-metric`; `bad-option` for one that is not defined for such an
 *   output
 */
export function resolveMetrics(given: readonly GivenMetric[], units: number): Metric[] {
  return given.map((metric) => {
    const found = resolveMetric(metric, units);
    found.check?.(units);
    return found;
  });
}

function resolveMetric(metric: GivenMetric, units: number): Metric {
  if (typeof metric === 'function') return metricOfFunction(metric);
  if (typeof metric !== 'string') {
    if (typeof metric?.measure === 'function') return metric;
    throw new GradbookError(
      `metric ${JSON.stringify(metric)}: give a name, one of metrics, or a function of labels and outputs`,
      'unknown-metric',
    );
  }
  const name = snakeCase(metric);
  if (Object.hasOwn(named, name)) return named[name]!(units);
  const found = functionMetric(name);
  if (found) return found;
  throw new GradbookError(
    `unknown metric: ${metric}. There are ${[...Object.keys(named), ...functionMetricNames].join(', ')}`,
    'unknown-metric',
  );
}
