import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { layers, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { sigmoidCrossEntropy, softmaxCrossEntropy, useNativeOps } from '../../lib/ops';
import { Random, tf } from '../../lib/runtime';
import { assertClose } from './close';
import { checkGradients, normalValues, spacedValues } from './finite-differences';
import { withAndWithoutOneDnn } from './with-and-without-one-dnn';

/** The square of the length of the gradient of `f`, as in a gradient penalty. */
function penalty(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return tf.sum(tf.square(tf.grad((at: Tensor) => tf.sum(tf.mul(f(at), f(at))))(x)));
}

/** Gradients of the penalty by the layer's weights and by its input, against differences. */
function checkPenalty(
  layer: layers.Layer,
  shape: number[],
  { training = false, values = normalValues, tolerance = 1e-2 } = {},
): void {
  layer.apply(tf.input({ batchShape: [null, ...shape.slice(1)] as never }));
  const start = tf.tidy(() => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tf.tensor(values(size, new Random(size)), shape);
  });
  const x = tf.variable(start, true) as Variable;
  const weights = layer.trainableWeights.map((weight) => weight.read() as unknown as Variable);
  const f = (at: Tensor) => layer.apply(at, { training }) as Tensor;
  checkGradients(() => penalty(f, x), [x, ...weights], tolerance);
  tf.dispose([start, x]);
  layer.dispose();
}

withAndWithoutOneDnn('gradients of gradients', () => {
  const l = tf.layers;

  it('dense', () => checkPenalty(l.dense({ units: 3 }), [2, 4]));
  for (const padding of ['same', 'valid'] as const) {
    const options = { kernelSize: 3, strides: 2, padding };
    it(`conv2d, ${padding}`, () =>
      checkPenalty(l.conv2d({ filters: 2, ...options }), [1, 5, 6, 2]));
    it(`depthwiseConv2d, ${padding}`, () =>
      checkPenalty(l.depthwiseConv2d({ ...options }), [1, 5, 6, 2]));
  }
  it('batchNormalization in training', () =>
    checkPenalty(l.batchNormalization({}), [4, 2, 2, 2], { training: true, tolerance: 3e-2 }));
  it('batchNormalization in inference', () => checkPenalty(l.batchNormalization({}), [3, 2]));
  it('reLU', () => checkPenalty(l.reLU({}), [3, 4], { values: spacedValues }));
  it('reLU6', () => checkPenalty(l.reLU({ maxValue: 6 }), [3, 4], { values: spacedValues }));
  it('maxPooling2d', () =>
    checkPenalty(l.maxPooling2d({ poolSize: 2 }), [1, 4, 4, 2], { values: spacedValues }));
  it('maxPooling1d', () =>
    checkPenalty(l.maxPooling1d({ poolSize: 2 }), [1, 6, 2], { values: spacedValues }));
  it('maxPooling2d with channels first', () => {
    const options = { poolSize: 2, dataFormat: 'channelsFirst' as const };
    checkPenalty(l.maxPooling2d(options), [1, 2, 4, 4], { values: spacedValues });
  });
  it('maxPooling3d', () =>
    checkPenalty(l.maxPooling3d({ poolSize: 2 } as never), [1, 2, 2, 4, 2], {
      values: spacedValues,
    }));
  it('averagePooling2d', () =>
    checkPenalty(l.averagePooling2d({ poolSize: 2, padding: 'same' } as never), [1, 3, 3, 2]));
  it('elu', () => checkPenalty(l.elu({}), [3, 4], { values: spacedValues }));
  it('upSampling2d', () => checkPenalty(l.upSampling2d({ size: [2, 2] }), [1, 3, 2, 2]));
  it('cross-entropies from logits', () => {
    for (const loss of [softmaxCrossEntropy, sigmoidCrossEntropy]) {
      const [start, labels] = tf.tidy(() => [
        tf.tensor(normalValues(6, new Random(2)), [2, 3]),
        tf.softmax(tf.tensor(normalValues(6, new Random(3)), [2, 3])),
      ]);
      const x = tf.variable(start!) as Variable;
      checkGradients(() => penalty((at) => loss(labels!, at), x), [x], 1e-2);
      tf.dispose([start!, labels!, x]);
    }
  });
  it('grad(grad(relu(x)^3)) is 6 x', () => {
    const values = tf.tidy(() => {
      const cube = (x: Tensor) => tf.pow(tf.relu(x), 3);
      const inner = (x: Tensor) => tf.grad(cube)(x);
      return tf
        .grad(inner)(tf.tensor1d([-2, 0.5, 3]))
        .dataSync();
    });
    assertClose(values, [0, 3, 18], 1e-5, 'second derivative');
  });

  for (const kind of ['dense', 'conv']) {
    it(`the gradient penalty of a ${kind}-ReLU critic is that of tfjs alone`, () => {
      const critic = tf.sequential();
      if (kind === 'conv') {
        critic.add(l.conv2d({ filters: 3, kernelSize: 3, inputShape: [5, 5, 2] }));
        critic.add(l.batchNormalization({}));
        critic.add(l.activation({ activation: 'relu' }));
        critic.add(l.flatten({}));
      } else critic.add(l.dense({ units: 6, inputShape: [4], activation: 'relu' }));
      critic.add(l.dense({ units: 1 }));
      const shape = [3, ...critic.inputs[0]!.shape.slice(1)] as number[];
      const size = shape.reduce((a, b) => a * b, 1);
      const x = tf.tensor(normalValues(size, new Random(4)), shape);
      const variables = critic.trainableWeights.map((w) => w.read() as unknown as Variable);
      const gradients = (withLoss: boolean) => {
        const { value, grads } = tf.variableGrads(() => {
          const slope = tf.grad((at: Tensor) => tf.sum(critic.apply(at) as Tensor))(x);
          const length = tf.sqrt(tf.sum(tf.square(tf.reshape(slope, [3, -1])), 1));
          const cost = tf.mean(tf.square(tf.sub(length, 1)));
          const both = withLoss ? tf.add(cost, tf.mean(critic.apply(x) as Tensor)) : cost;
          return both.asScalar();
        }, variables);
        const all = variables.map(({ name }) => [...(grads[name]?.dataSync() ?? [])]);
        tf.dispose([value, grads]);
        return all.flat();
      };
      const ours = gradients(true);
      useNativeOps(false);
      let plain: number[];
      try {
        plain = gradients(true);
      } finally {
        useNativeOps(true);
      }
      assert.ok(plain.some((value) => Math.abs(value) > 0.05));
      assertClose(ours, plain, 1e-4, 'gradients');
      x.dispose();
      critic.dispose();
    });
  }
});
