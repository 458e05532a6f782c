import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { sigmoidCrossEntropyOfLabels } from '../../ops';
import { GradbookError, tf } from '../../runtime';
import { type CrossEntropyOptions, perExampleMean } from './cross-entropy';
import type { Loss, LossInputs } from './loss';

export interface FocalOptions extends CrossEntropyOptions {
  /** How much less the examples count that are right already; 0 is the cross-entropy. Default 2. */
  gamma?: number;
}

export interface BinaryFocalOptions extends FocalOptions {
  /** Weights yes by `alpha` and no by `1 - alpha`. Default false. */
  applyClassBalancing?: boolean;
  /** Weight of yes under `applyClassBalancing`, 0 to 1. Default 0.25. */
  alpha?: number;
}

export interface CategoricalFocalOptions extends FocalOptions {
  /** Weight of the loss, or of each class. Default 0.25. */
  alpha?: number | readonly number[];
}

/** Keras's guard against the logarithm of zero. */
const epsilon = 1e-7;

function checked(options: FocalOptions): void {
  const { gamma = 2, labelSmoothing = 0 } = options;
  if (!(gamma >= 0 && Number.isFinite(gamma))) {
    throw new GradbookError(`gamma ${gamma}: give a number of at least 0`, 'bad-option');
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new GradbookError(
      `labelSmoothing ${labelSmoothing}: give a share from 0 to 1`,
      'bad-option',
    );
  }
}

/** `miss` to the power of `gamma`; its slope at 0 is kept finite. */
function power(miss: Tensor, gamma: number): Tensor {
  return gamma === 0 ? tf.onesLike(miss) : tf.pow(tf.maximum(miss, epsilon), gamma);
}

/**
 * Binary focal cross-entropy, as Keras's `BinaryFocalCrossentropy`: each label's cross-entropy times
 * `(1 - p)^gamma`, where p is the probability of what is true (Lin et al., "Focal Loss for Dense Object
 * Detection", 2017), averaged over the outputs (or pixels). Taken from the logits under the model's
 * sigmoid. Class weights weigh as in `binaryCrossentropy`.
 *
 * @throws GradbookError `bad-option`
 *
 * @example
 * await train(model, examplesOf(sets.train, 'multi'), {
 *   epochs: 1,
 *   loss: losses.binaryFocal({ applyClassBalancing: true }),
 * });
 */
export function binaryFocal(options: BinaryFocalOptions = {}): Loss {
  const { gamma = 2, labelSmoothing = 0, fromLogits = false } = options;
  const { applyClassBalancing = false, alpha = 0.25 } = options;
  checked(options);
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new GradbookError(`alpha ${alpha}: give a share from 0 to 1`, 'bad-option');
  }
  return {
    name: 'binary_focal_crossentropy',
    weighsClasses: true,
    perExample({ labels, outputs, logits, activation = 'sigmoid', classWeight }) {
      const targets = labelSmoothing
        ? labels.mul(1 - labelSmoothing).add(labelSmoothing / 2)
        : labels;
      const known = fromLogits ? outputs : activation === 'sigmoid' ? logits : undefined;
      const yes = known ? tf.sigmoid(known) : outputs.clipByValue(epsilon, 1 - epsilon);
      const miss = targets.mul(tf.sub(1, yes)).add(tf.sub(1, targets).mul(yes));
      const each = known ? sigmoidCrossEntropyOfLabels(targets, known) : entropy(targets, yes);
      let losses = power(miss, gamma).mul(each);
      if (applyClassBalancing) losses = losses.mul(targets.mul(2 * alpha - 1).add(1 - alpha));
      return perExampleMean(weighted(losses, labels, classWeight));
    },
  };
}

function entropy(targets: Tensor, yes: Tensor): Tensor {
  const no = tf.sub(1, yes);
  return targets.mul(yes.log()).add(tf.sub(1, targets).mul(no.log())).neg();
}

function weighted(losses: Tensor, labels: Tensor, classWeight: Tensor | undefined): Tensor {
  if (!classWeight) return losses;
  if (labels.shape.at(-1) !== 1) return losses.mul(classWeight);
  const [no, yes] = tf.split(classWeight, 2);
  return losses.mul(labels.mul(tf.sub(yes!, no!)).add(no!));
}

/**
 * Focal cross-entropy of one-hot labels, as Keras's `CategoricalFocalCrossentropy`: the cross-entropy
 * of each class times `alpha (1 - p)^gamma` (Lin et al., 2017). Taken from the logits under the model's
 * softmax. Class weights weigh each example by its class.
 *
 * @throws GradbookError `bad-option`
 */
export function categoricalFocal(options: CategoricalFocalOptions = {}): Loss {
  const { gamma = 2, alpha = 0.25, labelSmoothing = 0, fromLogits = false } = options;
  checked(options);
  const wrong = [alpha].flat().find((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (wrong !== undefined) {
    throw new GradbookError(`alpha ${wrong}: give numbers of at least 0`, 'bad-option');
  }
  return {
    name: 'categorical_focal_crossentropy',
    weighsClasses: true,
    perExample({ labels, outputs, logits, activation = 'softmax', classWeight }: LossInputs) {
      const units = labels.shape.at(-1)!;
      if (Array.isArray(alpha) && alpha.length !== units) {
        throw new GradbookError(
          `alpha of ${alpha.length} numbers for ${units} classes: give one for each`,
          'bad-option',
        );
      }
      const targets = labelSmoothing
        ? labels.mul(1 - labelSmoothing).add(labelSmoothing / units)
        : labels;
      const known = fromLogits ? outputs : activation === 'softmax' ? logits : undefined;
      const shares = known
        ? tf.softmax(known)
        : outputs.div(outputs.sum(-1, true)).clipByValue(epsilon, 1 - epsilon);
      const logs = known ? tf.logSoftmax(known) : shares.log();
      const weight = Array.isArray(alpha) ? tf.tensor1d([...alpha]) : (alpha as number);
      const each = power(tf.sub(1, shares), gamma).mul(targets.mul(logs).neg()).mul(weight);
      let losses = each.sum(-1);
      if (classWeight) losses = losses.mul(labels.mul(classWeight).sum(-1));
      return perExampleMean(losses);
    },
  };
}
