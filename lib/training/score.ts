import type { NdArray } from '../data';
import { GradbookError, tf } from '../runtime';
import { batchTensor, ownOrder, rowCount } from './batches';
import { checkIntegerLabels } from './checks';
import { oneHotLabels } from './columns';
import type { Predictions } from './gathered';
import type { Logs } from './history';
import { countConfusion, matrixRows } from './metrics/confusion';
import { Accumulator, type Metric, metricKeys } from './metrics/metric';
import { type GivenMetric, resolveMetrics } from './metrics/resolve';

/** Batch size. */
const chunk = 1024;

/**
 * Computes any metric of predictions and labels, without the model.
 *
 * @param labels one-hot, multi-hot or masks, the same shape as the predictions; or class indices, for
 *   predictions of several classes, without the last dimension or with 1 in its place
 * @throws GradbookError `bad-shape`, `unknown-metric`
 */
export function score(
  labels: NdArray,
  predictions: Predictions,
  metrics: readonly GivenMetric[],
): Logs {
  const units = predictions.shape.at(-1) ?? 1;
  const logs: Logs = {};
  for (const metric of resolveMetrics(metrics, units)) {
    const keys = metricKeys(metric, units);
    const values = collect(labels, predictions, metric, (accumulator) =>
      accumulator.read(keys.length),
    );
    for (const [i, key] of keys.entries()) logs[key] = values[i]!;
  }
  return logs;
}

/**
 * Counts true class (row) against predicted class (column). A single output is two classes,
 * negative and positive, separated by the threshold.
 */
export function confusionCounts(
  labels: NdArray,
  predictions: Predictions,
  { threshold = 0.5 } = {},
): number[][] {
  const counts: Metric = {
    name: 'confusion_counts',
    direction: 'up',
    measure: (truth, said) => countConfusion(truth, said, threshold),
    values: () => [],
  };
  return collect(labels, predictions, counts, (accumulator) =>
    matrixRows(accumulator.getState() ?? { shape: [0, 0], values: new Int32Array(0) }),
  );
}

function collect<T>(
  labels: NdArray,
  predictions: Predictions,
  metric: Metric,
  read: (accumulator: Accumulator) => T,
): T {
  const count = rowCount(labels, 'labels');
  const sparse = areClassIndices(labels.shape, predictions.shape);
  if (sparse) checkIntegerLabels(labels, predictions.shape.at(-1)!);
  if (!sparse && String(labels.shape) !== String(predictions.shape)) {
    throw new GradbookError(
      `labels of the shape [${labels.shape.join(', ')}] and predictions of the shape [${predictions.shape.join(', ')}]: give both the same shape`,
      'bad-shape',
    );
  }
  const order = ownOrder(count);
  const accumulator = new Accumulator(metric);
  try {
    for (let from = 0; from < count; from += chunk) {
      const to = Math.min(from + chunk, count);
      tf.tidy(() => {
        const given = batchTensor(labels, order, from, to);
        const said = batchTensor(predictions, order, from, to);
        accumulator.update(sparse ? oneHotLabels(given, said) : given, said);
      });
    }
    return read(accumulator);
  } finally {
    accumulator.dispose();
  }
}

function areClassIndices(labels: readonly number[], outputs: readonly number[]): boolean {
  const places = String(outputs.slice(0, -1));
  if (!((outputs.at(-1) ?? 1) > 1)) return false;
  return String(labels) === places || String(labels) === `${places},1`;
}
