import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, hasNativeOps, nativeOp, needsDeterministicOps, tf } from '../runtime';
import { insideGradient } from './nested';

function checkShapes(labels: Tensor, logits: Tensor): void {
  if (labels.shape.length > 0 && tf.util.arraysEqual(labels.shape, logits.shape)) return;
  throw new GradbookError(
    `labels of shape [${labels.shape}] and logits of shape [${logits.shape}]: give the same shape to both`,
    'bad-shape',
  );
}

function targetsOf(labels: Tensor, classes: number): Tensor {
  return tf.cast(tf.reshape(labels, [-1, classes]), 'float32');
}

/**
 * Cross-entropy between distributions and a softmax, from the softmax's input.
 *
 * @param labels `[…, classes]`, each row a distribution; any dtype, taken as constant
 * @param logits `[…, classes]` float32
 * @returns `[…]` float32, one loss per example, which belongs to the caller
 * @throws GradbookError `bad-shape`
 */
export function softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor {
  checkShapes(labels, logits);
  const classes = logits.shape[logits.rank - 1]!;
  const outerShape = logits.shape.slice(0, -1);
  const compute = tf.customGrad((x, save) => {
    const features = tf.reshape(x as Tensor, [-1, classes]);
    const targets = targetsOf(labels, classes);
    // The fused op has no deterministic kernel on a GPU.
    const [loss, slope] =
      hasNativeOps() && !needsDeterministicOps()
        ? nativeOp(
            'SoftmaxCrossEntropyWithLogits',
            [features, targets],
            { T: { dtype: 'float32' } },
            2,
          )
        : [
            tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(features)), -1)),
            tf.sub(tf.softmax(features), targets),
          ];
    (save as (tensors: Tensor[]) => void)([slope!, x as Tensor]);
    return {
      value: tf.reshape(loss!, outerShape),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const slopes = insideGradient()
          ? tf.sub(tf.softmax(tf.reshape(saved[1]!, [-1, classes])), targetsOf(labels, classes))
          : saved[0]!;
        return tf.reshape(tf.mul(tf.reshape(dy, [-1, 1]), slopes), logits.shape);
      },
    };
  });
  return compute(logits);
}

/**
 * Binary cross-entropy of each label, from the sigmoid's input:
 * `max(x, 0) - x z + log(1 + exp(-|x|))`, which never overflows.
 *
 * @param labels any shape, 0 to 1; any dtype, taken as constant
 * @param logits the same shape, float32
 * @returns the same shape, float32, one loss per label, which belongs to the caller
 * @throws GradbookError `bad-shape`
 */
export function sigmoidCrossEntropyOfLabels(labels: Tensor, logits: Tensor): Tensor {
  checkShapes(labels, logits);
  const compute = tf.customGrad((input, save) => {
    const x = input as Tensor;
    const z = tf.cast(labels, 'float32');
    (save as (tensors: Tensor[]) => void)([tf.sub(tf.sigmoid(x), z), x]);
    const hinge = tf.sub(tf.relu(x), tf.mul(x, z));
    return {
      value: tf.add(hinge, tf.log1p(tf.exp(tf.neg(tf.abs(x))))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        if (!insideGradient()) return tf.mul(dy, saved[0]!);
        return tf.mul(dy, tf.sub(tf.sigmoid(saved[1]!), tf.cast(labels, 'float32')));
      },
    };
  });
  return compute(logits);
}

/**
 * Binary cross-entropy of each example: the mean over its labels, from the sigmoid's input.
 *
 * @param labels `[…, labels]`, 0 to 1; any dtype, taken as constant
 * @param logits `[…, labels]` float32
 * @returns `[…]` float32, one loss per example, which belongs to the caller
 * @throws GradbookError `bad-shape`
 */
export function sigmoidCrossEntropy(labels: Tensor, logits: Tensor): Tensor {
  return tf.tidy(() => tf.mean(sigmoidCrossEntropyOfLabels(labels, logits), -1));
}
