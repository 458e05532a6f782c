import type { LayersModel, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { activationOf, logitsOf } from '../ops';
import { GradbookError, tf } from '../runtime';
import type { Loss } from './losses/loss';
import { regularizationLosses } from './outputs';

interface Weight {
  val: Variable;
  constraint: { apply(w: Tensor): Tensor } | null;
  write(value: Tensor): void;
  read(): Tensor;
}

/** What a step leaves behind; both tensors belong to the surrounding `tf.tidy`. */
export interface StepResult {
  /** Scalar: mean loss of the batch plus the weights' own losses. */
  loss: Tensor;
  /** `[batch, ...]`, before the weights moved. */
  outputs: Tensor;
}

/**
 * Loss and outputs of a batch, without learning from it. Call inside a `tf.tidy`.
 *
 * @param training whether layers such as dropout act as in training. Default false
 */
export function forwardStep(
  model: LayersModel,
  loss: Loss,
  x: Tensor,
  labels: Tensor,
  { training = false, classWeight }: { training?: boolean; classWeight?: Tensor } = {},
): StepResult {
  const outputs = model.apply(x, { training }) as Tensor;
  const logits = logitsOf(outputs);
  const activation = activationOf(outputs);
  const inputs = { labels, outputs, logits, activation, classWeight };
  let total: Tensor = tf.mean(loss.perExample(inputs));
  for (const own of regularizationLosses(model)) total = tf.add(total, own);
  return { loss: total, outputs };
}

/** Makes the function that learns from one batch. Call what it returns inside a `tf.tidy`. */
export function trainingStep(
  model: LayersModel,
  loss: Loss,
  optimizer: Optimizer,
  classWeight: Tensor | undefined,
): (x: Tensor, labels: Tensor) => StepResult {
  const weights = model.trainableWeights as unknown as Weight[];
  if (weights.length === 0) {
    throw new GradbookError(
      'no weight of the model is trainable: set trainable of some layer to true',
      'nothing-to-train',
    );
  }
  const variables = weights.map((weight) => weight.val);
  const constrained = weights.filter((weight) => weight.constraint);
  return (x, labels) => {
    let outputs: Tensor | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const result = forwardStep(model, loss, x, labels, { training: true, classWeight });
      // The tape's own tidy would free it.
      outputs = tf.keep(tf.clone(result.outputs));
      return result.loss.asScalar();
    }, variables);
    optimizer.applyGradients(grads);
    for (const weight of constrained) weight.write(weight.constraint!.apply(weight.read()));
    const kept = outputs!;
    // Back to the surrounding tidy, which frees it with everything else.
    const result = { loss: value, outputs: kept.clone() };
    kept.dispose();
    return result;
  };
}
