import type { LayersModel, Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type Random, tf } from '../../runtime';
import { asFunction } from '../functions';
import { withGuidedRelus } from '../hooks';
import { chosenScore } from '../network';

/** @param runs how many batches of this size are expected */
function inputGradient(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  runs = 1,
): Tensor4D {
  const gradient = ([at, chosen]: readonly Tensor[]) => [
    tf.grad((x: Tensor) => chosenScore(model, x as Tensor4D, chosen as Tensor2D))(at!),
  ];
  return asFunction('input gradient', runs, gradient, [images, targets])[0] as Tensor4D;
}

/** Saliency (Simonyan et al., 2013, arXiv:1312.6034): the largest absolute gradient over the colours. */
export function saliency(model: LayersModel, images: Tensor4D, targets: Tensor2D): Tensor3D {
  return tf.tidy(() => inputGradient(model, images, targets).abs().max(3));
}

/**
 * SmoothGrad (Smilkov et al., 2017, arXiv:1706.03825): the mean of the gradients at noisy copies.
 *
 * @param noise standard deviation, as a part of each image's range of values
 */
export function smoothGrad(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  { samples, noise, random }: { samples: number; noise: number; random: Random },
): Tensor3D {
  return tf.tidy(() => {
    const range = images.max([1, 2, 3], true).sub(images.min([1, 2, 3], true));
    let total: Tensor = tf.zerosLike(images);
    for (let sample = 0; sample < samples; sample++) {
      total = tf.tidy(() => {
        const deviates = Float32Array.from({ length: images.size }, () => random.normal());
        const noisy = images.add(tf.tensor(deviates, images.shape).mul(range).mul(noise));
        return total.add(inputGradient(model, noisy as Tensor4D, targets, samples));
      });
    }
    return total.div(samples).abs().max(3);
  });
}

/**
 * Integrated Gradients (Sundararajan et al., 2017, arXiv:1703.01365) from a constant image, by the
 * midpoint rule; the sum over the colours keeps its sign until the map is scaled.
 */
export function integratedGradients(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  { steps, baseline }: { steps: number; baseline: number },
): Tensor3D {
  return tf.tidy(() => {
    const difference = images.sub(baseline);
    let total: Tensor = tf.zerosLike(images);
    for (let step = 0; step < steps; step++) {
      total = tf.tidy(() => {
        const between = difference.mul((step + 0.5) / steps).add(baseline);
        return total.add(inputGradient(model, between as Tensor4D, targets, steps));
      });
    }
    return difference.mul(total).div(steps).sum(3);
  });
}

/** Guided backpropagation, `[n, height, width, colours]` (Springenberg et al., 2014, arXiv:1412.6806). */
export function guidedGradient(model: LayersModel, images: Tensor4D, targets: Tensor2D): Tensor4D {
  return tf.tidy(() => withGuidedRelus(model, () => inputGradient(model, images, targets)));
}
