import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Examples } from '../data/types';
import { resolvePrecision, withPrecision } from '../ops';
import { GradbookError, interruptCount, interruptSince, tf } from '../runtime';
import { batchTensor, breathe, ownOrder } from './batches';
import { checkExamples, wholeNumber } from './checks';
import { Figures } from './figures';
import type { Logs } from './history';
import { type MeasureOptions, type Measures, resolveMeasures } from './options';
import { forwardStep } from './step';

/**
 * Measures a model on examples, in inference mode: `{ loss, accuracy, ... }`. The loss holds the
 * weights' own losses, as in Keras. Leaves no tensor behind.
 *
 * @throws GradbookError `interrupted` when somebody stopped it; `bad-shape`, `unknown-metric`,
 * `unknown-loss`, `bad-option`
 */
export async function evaluate(
  model: LayersModel,
  examples: Examples,
  options: MeasureOptions = {},
): Promise<Logs> {
  const measures = resolveMeasures(model, options);
  checkExamples(model, examples, 'the set', options.resize);
  const start = interruptCount();
  const logs = await measure(model, examples, measures, options, () => interruptSince(start));
  if (!logs) throw new GradbookError('the evaluation was interrupted', 'interrupted');
  return logs;
}

/** Measures checked examples; null when `interrupted` said so between two batches. */
export async function measure(
  model: LayersModel,
  { x, y }: Examples,
  { loss, metrics, units }: Measures,
  { batchSize = 32, resize, precision }: MeasureOptions,
  interrupted: () => boolean,
): Promise<Logs | null> {
  wholeNumber(batchSize, 'batchSize', 1);
  const count = x.shape[0]!;
  const order = ownOrder(count);
  const figures = new Figures(metrics, units);
  const type = resolvePrecision(precision);
  try {
    for (let from = 0; from < count; from += batchSize) {
      const to = Math.min(from + batchSize, count);
      tf.tidy(() => {
        const labels = batchTensor(y, order, from, to);
        const batch = batchTensor(x, order, from, to, resize);
        const result = withPrecision(type, () => forwardStep(model, loss, batch, labels));
        figures.add(result.loss, labels, result.outputs);
      });
      await breathe();
      if (interrupted()) return null;
    }
    return figures.read();
  } finally {
    figures.dispose();
  }
}
