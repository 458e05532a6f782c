import type { LayersModel, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { activationOf, constrain, logitsOf, TfjsState } from '../ops';
import { GradbookError, tf } from '../runtime';
import { type ClipOptions, clipGradients } from './clip';
import { type Batch, oneHotLabels, oneOrAll } from './columns';
import type { CompiledOutput } from './options';
import { regularizationLosses } from './outputs';

interface Weight {
  val: Variable;
}

/** Results of a step; the tensors belong to the surrounding `tf.tidy`. */
export interface StepResult {
  /** Scalar: mean loss of the batch, weighted over all outputs, plus regularization losses. */
  loss: Tensor;
  /** Scalars: the loss of each output, unweighted. */
  losses: Tensor[];
  /** `[batch, ...]` of each output, before the update. */
  outputs: Tensor[];
}

/**
 * Loss and outputs of a batch, without an update. Call inside a `tf.tidy`.
 *
 * @param training whether layers such as dropout run in training mode. Default false
 */
export function forwardStep(
  model: LayersModel,
  measures: readonly CompiledOutput[],
  batch: Batch,
  { training = false, classWeight }: { training?: boolean; classWeight?: Tensor } = {},
): StepResult {
  const outputs = [model.apply(oneOrAll(batch.x), { training })].flat() as Tensor[];
  const losses = measures.map((output, i) =>
    outputLoss(output, outputs[i]!, batch.y[i]!, batch.weights[i], classWeight),
  );
  const weighted = losses.map((loss, i) => {
    const { lossWeight } = measures[i]!;
    return lossWeight === 1 ? loss : tf.mul(loss, lossWeight);
  });
  const loss = [...weighted, ...regularizationLosses(model)].reduce((a, b) => tf.add(a, b));
  return { loss, losses, outputs };
}

function outputLoss(
  { loss }: CompiledOutput,
  outputs: Tensor,
  given: Tensor,
  weights: Tensor | undefined,
  classWeight: Tensor | undefined,
): Tensor {
  const labels = loss.integerLabels ? oneHotLabels(given, outputs) : given;
  const logits = logitsOf(outputs);
  const activation = activationOf(outputs);
  const own = loss.weighsClasses ? classWeight : undefined;
  let losses = loss.perExample({ labels, outputs, logits, activation, classWeight: own });
  if (classWeight && !own) losses = losses.mul(weightOfClass(labels, classWeight));
  if (weights) losses = losses.mul(weights);
  return tf.mean(losses);
}

/** The weight of each example's class, `[batch]`, as in Keras. */
function weightOfClass(labels: Tensor, classWeight: Tensor): Tensor {
  const units = labels.shape.at(-1)!;
  const classes = units === 1 ? labels.reshape([-1]).round() : tf.argMax(labels, -1);
  return tf.gather(classWeight, classes.asType('int32'));
}

/** How a model learns. Call the functions inside a `tf.tidy`. */
export interface TrainingStep {
  /** What is trained. */
  variables: Variable[];
  /** What a batch gives, and the gradient by each of the variables: zeros where there is none. */
  gradients(batch: Batch): { result: StepResult; gradients: Tensor[] };
  /** Clips gradients, moves the weights and applies their constraints. */
  apply(gradients: readonly Tensor[]): void;
}

/** Makes the functions that learn from one batch. */
export function trainingStep(
  model: LayersModel,
  measures: readonly CompiledOutput[],
  optimizer: Optimizer,
  classWeight: Tensor | undefined,
  clip: ClipOptions = {},
): TrainingStep {
  const weights = model.trainableWeights as unknown as Weight[];
  if (weights.length === 0) {
    throw new GradbookError(
      'no weight of the model is trainable: set trainable of some layer to true',
      'nothing-to-train',
    );
  }
  const variables = weights.map((weight) => weight.val);
  const updates = TfjsState.of(optimizer) ?? optimizer;
  let connected = variables.map(() => true);
  return {
    variables,
    gradients(batch) {
      let inner: Tensor[] = [];
      const { value, grads } = tf.variableGrads(() => {
        const result = forwardStep(model, measures, batch, { training: true, classWeight });
        // The tape's own tidy would free them.
        inner = [...result.losses, ...result.outputs].map((tensor) => tf.keep(tf.clone(tensor)));
        return result.loss.asScalar();
      }, variables);
      // Back to the surrounding tidy, which frees them with everything else.
      const kept = inner.map((tensor) => tensor.clone());
      tf.dispose(inner);
      const outputs = kept.splice(measures.length);
      const found = variables.map(({ name }) => grads[name] as Tensor | null | undefined);
      connected = found.map((gradient) => gradient != null);
      const gradients = found.map((gradient, i) => gradient ?? tf.zeros(variables[i]!.shape));
      return { result: { loss: value, losses: kept, outputs }, gradients };
    },
    apply(gradients) {
      const used = variables.filter((_, i) => connected[i]);
      const clipped = clipGradients(
        gradients.filter((_, i) => connected[i]),
        clip,
      );
      const named = used.map(({ name }, i) => [name, clipped[i]!] as const);
      updates.applyGradients(Object.fromEntries(named));
      constrain(weights);
    },
  };
}

/** Learns from one batch. Call inside a `tf.tidy`. */
export function learnFrom(step: TrainingStep, batch: Batch): StepResult {
  const { result, gradients } = step.gradients(batch);
  step.apply(gradients);
  return result;
}
