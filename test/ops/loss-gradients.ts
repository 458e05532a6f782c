import assert from 'node:assert/strict';
import type { LayersModel, Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { type ComputePrecision, softmaxCrossEntropy, withPrecision } from '../../lib/ops';
import { tf } from '../../lib/runtime';

/** 32 images of 16×16, always the same; the caller's. */
export const images = () => tf.randomUniform([32, 16, 16, 3], 0, 1, 'float32', 3);

/** Gradients of the loss of a network of ten classes by every trainable weight. */
export function lossGradients(
  model: LayersModel,
  forward: ComputePrecision,
  backward = forward,
): Float32Array[] {
  return tf.tidy(() => {
    const x = images();
    const classes = tf.tensor1d(
      Array.from({ length: 32 }, (_, i) => i % 10),
      'int32',
    );
    const labels = tf.oneHot(classes, 10);
    const variables = (model.trainableWeights as unknown as { val: Variable }[]).map(
      ({ val }) => val,
    );
    const loss = () => {
      const logits = withPrecision(forward, () => model.apply(x, { training: true }) as Tensor);
      return tf.mean(softmaxCrossEntropy(labels, logits)) as Scalar;
    };
    const { grads } = withPrecision(backward, () => tf.variableGrads(loss, variables));
    return variables.map(({ name }) => {
      assert.equal(grads[name]!.dtype, 'float32');
      return grads[name]!.dataSync() as Float32Array;
    });
  });
}

/** Cosine of the angle between two gradients. */
export function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
