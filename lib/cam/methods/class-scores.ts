import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';

/** What a method differentiates: a scalar from logits `[n, classes]` and multi-hot targets. */
export type ClassScore = (logits: Tensor2D, targets: Tensor2D) => Tensor;

/** The sum of the chosen logits. */
export const logitScore: ClassScore = (logits, targets) => logits.mul(targets).sum();

/**
 * The sum of each image's highest logit, the first where several are equal: `logitScore` of the
 * predicted classes, without knowing them. Takes no notice of targets.
 */
export const predictedScore: ClassScore = (logits) =>
  tf.customGrad((found, save) => {
    const z = found as Tensor2D;
    (save as (tensors: Tensor[]) => void)([tf.oneHot(z.argMax(1), z.shape[1])]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => saved[0]!.mul(dy);
    return { value: z.max(1).sum(), gradFunc };
  })(logits);

/**
 * Logit plus logarithm of the probability, summed over the chosen classes: the residual softmax target
 * of Shapley-CAM (Cai, 2025, arXiv:2501.06261), which combines the values before and after the
 * softmax.
 */
export const residualSoftmaxScore: ClassScore = (logits, targets) =>
  logits.add(tf.logSoftmax(logits)).mul(targets).sum();

/**
 * Finer-CAM's score (Zhang et al., CVPR 2025, arXiv:2501.11309): how far the chosen logit is above
 * those of the most similar classes, the mean of `z - alpha · z'` weighted by their probabilities.
 * The most similar classes are those with the logits nearest to the chosen one.
 *
 * @param logits of the images, on which the classes are chosen; targets with one class per image
 * @throws GradbookError `bad-target` where an image has several classes, or the model only one
 */
export function finerScore(
  logits: Tensor2D,
  targets: Tensor2D,
  { alpha, comparisons }: { alpha: number; comparisons: number },
): ClassScore {
  const [images, classes] = logits.shape;
  const values = logits.dataSync();
  const chosen = targets.dataSync();
  const weights = new Float32Array(images * classes);
  for (let image = 0; image < images; image++) {
    const at = image * classes;
    const own = chosen.subarray(at, at + classes).indexOf(1);
    const several = chosen.subarray(at, at + classes).filter((value) => value > 0).length > 1;
    if (several || classes < 2) {
      throw new GradbookError(
        `finer-cam compares one class of an image with others: image ${image} has ${several ? 'several' : 'no other'}`,
        'bad-target',
      );
    }
    const others = Array.from({ length: classes }, (_, i) => i).filter((i) => i !== own);
    const away = (i: number) => Math.abs(values[at + i]! - values[at + own]!);
    others.sort((a, b) => away(a) - away(b) || a - b);
    for (const i of others.slice(0, comparisons)) weights[at + i] = 1;
  }
  return (found, target) => {
    const compared = tf.softmax(found).mul(tf.tensor2d(weights, [images, classes]));
    const own = found.mul(target).sum(1, true);
    const differences = compared.mul(own.sub(found.mul(alpha))).sum(1);
    return differences.div(compared.sum(1).add(1e-9)).sum();
  };
}
