import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ModelExamples } from '../data/types';
import { resolvePrecision, withPrecision } from '../ops';
import { GradbookError, interruptCount, interruptSince, tf } from '../runtime';
import { breathe, ownOrder } from './batches';
import { checkExamples, wholeNumber } from './checks';
import { batchOf, type Columns } from './columns';
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
  examples: ModelExamples,
  options: MeasureOptions = {},
): Promise<Logs> {
  const measures = resolveMeasures(model, options);
  const columns = checkExamples(model, examples, measures, 'the set', options.resize);
  const start = interruptCount();
  const logs = await measure(model, columns, measures, options, () => interruptSince(start));
  if (!logs) throw new GradbookError('the evaluation was interrupted', 'interrupted');
  return logs;
}

/** Measures checked examples; null when `interrupted` said so between two batches. */
export async function measure(
  model: LayersModel,
  columns: Columns,
  { outputs }: Measures,
  { batchSize = 32, resize, precision }: MeasureOptions,
  interrupted: () => boolean,
): Promise<Logs | null> {
  wholeNumber(batchSize, 'batchSize', 1);
  const count = columns.x[0]!.shape[0]!;
  const order = ownOrder(count);
  const figures = new Figures(outputs);
  const type = resolvePrecision(precision, model);
  try {
    for (let from = 0; from < count; from += batchSize) {
      const to = Math.min(from + batchSize, count);
      tf.tidy(() => {
        const batch = batchOf(columns, order, from, to, resize);
        const result = withPrecision(type, () => forwardStep(model, outputs, batch));
        figures.add(result, batch.y);
      });
      await breathe();
      if (interrupted()) return null;
    }
    return figures.read();
  } finally {
    figures.dispose();
  }
}
