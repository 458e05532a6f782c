import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, interruptCount, interruptSince } from '../runtime';
import { Evaluator } from './evaluator';
import { examplesFeed, type TrainingData } from './feed';
import type { Logs } from './history';
import { type EvaluateOptions, resolveOutputs } from './options';

/**
 * Evaluates a model on examples, in inference mode: `{ loss, accuracy, ... }`. The loss includes
 * regularization losses, as in Keras. Leaves no tensors.
 *
 * @throws GradbookError `interrupted` when interrupted by the user; `bad-shape`, `unknown-metric`,
 * `unknown-loss`, `bad-option`
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
