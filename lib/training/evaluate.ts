import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, interruptCount, interruptSince } from '../runtime';
import { Evaluator } from './evaluator';
import { examplesFeed, type TrainingData } from './feed';
import type { Logs } from './history';
import { type EvaluateOptions, resolveOutputs } from './options';

/**
 * Measures a model on examples, in inference mode: `{ loss, accuracy, ... }`. The loss holds the
 * weights' own losses, as in Keras. Leaves no tensor behind.
 *
 * @param examples rows in memory or on disk, or a stream of batches as for `train`
 * @param options with `steps`, only so many batches are measured; needed where a stream never ends
 * @throws GradbookError `interrupted` when somebody stopped it; `bad-shape`, `bad-batch`,
 * `unknown-metric`, `unknown-loss`, `bad-option`
 */
export async function evaluate(
  model: LayersModel,
  examples: TrainingData,
  options: EvaluateOptions & { steps?: number } = {},
): Promise<Logs> {
  const measures = resolveOutputs(model, options);
  const start = interruptCount();
  const feed = await examplesFeed(model, examples, measures, { ...options, what: 'the set' });
  const evaluator = new Evaluator(model, feed, measures, options);
  try {
    const logs = await evaluator.measure(() => interruptSince(start));
    if (!logs) throw new GradbookError('the evaluation was interrupted', 'interrupted');
    return logs;
  } finally {
    evaluator.dispose();
    await feed.dispose();
  }
}
