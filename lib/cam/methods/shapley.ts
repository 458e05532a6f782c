import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type CallReplacement, withReplacedCalls } from '../../ops';
import { tf } from '../../runtime';
import type { Layer, PlacedLayer } from '../layers';
import { chosenScore, type LayerEvidence, type Passes } from '../network';
import { residualSoftmaxScore } from './class-scores';

/** Relative step of the central difference that replaces a second gradient. */
const along = 0.01;

/**
 * The gradient of the residual softmax score with respect to a layer's output, and the Hessian of
 * the score times the activations: a gradient inside a gradient, from the layer on. Where an op has
 * no second gradient, such as ELU, or max pooling without oneDNN, the central difference of the
 * gradients at 0.99 and 1.01 times the activations.
 */
function curvature(
  { model, images, targets }: Passes,
  place: PlacedLayer,
  activations: Tensor4D,
): { gradients: Tensor4D; product: Tensor4D } {
  return tf.tidy(() => {
    const gradient = tf.grad((probe: Tensor) => {
      const replacements = new Map<Layer, CallReplacement>([
        [place.layer, () => activations.add(probe)],
      ]);
      return withReplacedCalls(replacements, () =>
        chosenScore(model, images, targets, residualSoftmaxScore),
      );
    });
    const zeros = tf.zerosLike(activations);
    const gradients = gradient(zeros) as Tensor4D;
    let tape: { saved: Tensor[] }[] = [];
    const change = (probe: Tensor) => {
      const sum = gradient(probe).mul(activations).sum();
      tape = (tf.engine() as unknown as { state: { activeTape: typeof tape } }).state.activeTape;
      return sum;
    };
    let product: Tensor;
    try {
      product = tf.grad(change)(zeros);
    } catch (error) {
      // tfjs frees what it saved while it walks the tape backwards, and so not after an error.
      for (const saved of tape.flatMap((node) => node.saved))
        if (!saved.isDisposed) saved.dispose();
      if (!/gradient function not found/.test(String(error))) throw error;
      const ahead = gradient(activations.mul(along));
      product = ahead.sub(gradient(activations.mul(-along))).div(2 * along);
    }
    return { gradients, product: product as Tensor4D };
  });
}

/**
 * What Shapley-CAM (Cai, 2025, arXiv:2501.06261) weighs channels by, as in pytorch-grad-cam: the mean
 * over the places of the gradient less half the Hessian times the activations. The `gradients` are
 * these before the mean. They belong to the caller's tidy.
 */
export function shapleyEvidence(passes: Passes): LayerEvidence[] {
  return passes.layerActivations().map((activations, i) => {
    const { gradients, product } = curvature(passes, passes.places[i]!, activations);
    return { activations, gradients: gradients.sub(product.mul(0.5)) as Tensor4D };
  });
}
