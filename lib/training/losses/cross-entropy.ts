import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { type LogitActivation, sigmoidCrossEntropyOfLabels, softmaxCrossEntropy } from '../../ops';
import { GradbookError, tf } from '../../runtime';
import type { Loss, LossInputs } from './loss';

export interface CrossEntropyOptions {
  /** Label smoothing, as in Keras, 0 to 1. Default 0. */
  labelSmoothing?: number;
  /** Whether the model's outputs are logits, without softmax or sigmoid. Default false. */
  fromLogits?: boolean;
}

/** Keras's epsilon against the logarithm of zero, for outputs whose logits are unknown. */
const epsilon = 1e-7;

/**
 * Cross-entropy of one-hot labels, computed from the logits of the model's softmax, so that
 * gradients do not vanish where probabilities saturate. Class weights weight each example by its
 * class.
 */
export function categoricalCrossentropy(options: CrossEntropyOptions = {}): Loss {
  const { labelSmoothing = 0, fromLogits = false } = checked(options);
  return {
    name: 'categorical_crossentropy',
    weighsClasses: true,
    perExample(inputs) {
      const { labels, outputs, classWeight } = inputs;
      const units = labels.shape[labels.rank - 1]!;
      const targets = labelSmoothing
        ? labels.mul(1 - labelSmoothing).add(labelSmoothing / units)
        : labels;
      const logits = fromLogits
        ? outputs
        : (logitsUnder('softmax', inputs) ?? logProbabilities(outputs));
      let losses = softmaxCrossEntropy(targets, logits);
      if (classWeight) losses = losses.mul(labels.mul(classWeight).sum(-1));
      return perExampleMean(losses);
    },
  };
}

/**
 * Categorical cross-entropy of integer labels, `[batch, ...]` or `[batch, ..., 1]`, as in the data
 * sets of Keras.
 */
export function sparseCategoricalCrossentropy(
  options: Pick<CrossEntropyOptions, 'fromLogits'> = {},
): Loss {
  return {
    ...categoricalCrossentropy(options),
    name: 'sparse_categorical_crossentropy',
    integerLabels: true,
  };
}

/**
 * Binary cross-entropy, per output, from the logits of the model's sigmoid, averaged over the
 * outputs (or pixels). Class weights weight each output; for a single output they are those of the
 * negative and the positive class.
 */
export function binaryCrossentropy(options: CrossEntropyOptions = {}): Loss {
  const { labelSmoothing = 0, fromLogits = false } = checked(options);
  return {
    name: 'binary_crossentropy',
    weighsClasses: true,
    perExample(inputs) {
      const { labels, outputs } = inputs;
      const targets = labelSmoothing
        ? labels.mul(1 - labelSmoothing).add(labelSmoothing / 2)
        : labels;
      const logits = fromLogits ? outputs : logitsUnder('sigmoid', inputs);
      const losses = logits
        ? sigmoidCrossEntropyOfLabels(targets, logits)
        : probabilityCrossEntropy(targets, outputs);
      return perExampleMean(weighted(losses, inputs));
    },
  };
}

function checked(options: CrossEntropyOptions): CrossEntropyOptions {
  const { labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new GradbookError(
      `labelSmoothing ${labelSmoothing}: give a share from 0 to 1`,
      'bad-option',
    );
  }
  return options;
}

/** The logits, if the model's last activation matches the loss. */
function logitsUnder(wanted: LogitActivation, { logits, activation = wanted }: LossInputs) {
  return activation === wanted ? logits : undefined;
}

/** Replacement for logits: their softmax is the outputs, each row normalised to sum 1. */
function logProbabilities(outputs: Tensor): Tensor {
  return outputs
    .div(outputs.sum(-1, true))
    .clipByValue(epsilon, 1 - epsilon)
    .log();
}

function probabilityCrossEntropy(labels: Tensor, outputs: Tensor): Tensor {
  const clipped = outputs.clipByValue(epsilon, 1 - epsilon);
  const yes = labels.mul(clipped.log());
  return yes.add(tf.sub(1, labels).mul(tf.sub(1, clipped).log())).neg();
}

function weighted(losses: Tensor, { labels, classWeight }: LossInputs): Tensor {
  if (!classWeight) return losses;
  if (labels.shape[labels.rank - 1] !== 1) return losses.mul(classWeight);
  const [no, yes] = tf.split(classWeight, 2);
  return losses.mul(labels.mul(tf.sub(yes!, no!)).add(no!));
}

/** Means over all dimensions but the first. */
export function perExampleMean(losses: Tensor): Tensor {
  if (losses.rank === 1) return losses;
  return losses.reshape([losses.shape[0]!, -1]).mean(1);
}
