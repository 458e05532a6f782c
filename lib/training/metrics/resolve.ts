import { GradbookError } from '../../runtime';
import { binaryAccuracy, categoricalAccuracy, exactMatch, topKAccuracy } from './accuracy';
import { auc } from './auc';
import { iou, meanIou } from './confusion';
import { f1, precision, recall } from './counts';
import type { Metric } from './metric';

/**
 * Keras's `accuracy`: that of yes and no for one output, else whether the largest output is at the
 * largest label. For multi-hot labels too, as in Keras: say `binary_accuracy` or `exact_match` for
 * something stricter.
 */
function accuracy(units: number, name: string): Metric {
  return units === 1 ? binaryAccuracy({ name }) : categoricalAccuracy({ name });
}

const named: Record<string, (units: number) => Metric> = {
  accuracy: (units) => accuracy(units, 'accuracy'),
  acc: (units) => accuracy(units, 'acc'),
  categorical_accuracy: () => categoricalAccuracy(),
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

/**
 * Finds metrics by their names; camelCase is understood. Metrics made by hand pass through.
 *
 * @param units size of the last dimension of the model's output
 * @throws GradbookError `unknown-metric`
 */
export function resolveMetrics(given: readonly (string | Metric)[], units: number): Metric[] {
  return given.map((metric) => {
    if (typeof metric !== 'string') return metric;
    const name = metric.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const make = named[name];
    if (!make) {
      throw new GradbookError(
        `unknown metric: ${metric}. There are ${Object.keys(named).join(', ')}`,
        'unknown-metric',
      );
    }
    return make(units);
  });
}
