import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ModelExamples } from '../data';
import { GradbookError, interruptCount, interruptSince } from '../runtime';
import { checkExamples } from './checks';
import { Evaluator } from './evaluator';
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
  examples: ModelExamples,
  options: EvaluateOptions = {},
): Promise<Logs> {
  const measures = resolveOutputs(model, options);
  const columns = checkExamples(model, examples, measures, 'the set', options.resize);
  const start = interruptCount();
  const evaluator = new Evaluator(model, columns, measures, options);
  try {
    const logs = await evaluator.measure(() => interruptSince(start));
    if (!logs) throw new GradbookError('the evaluation was interrupted', 'interrupted');
    return logs;
  } finally {
    evaluator.dispose();
  }
}
