import { describe, it } from 'node:test';
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from '../../lib/ops';
import { Random, tf } from '../../lib/runtime';
import { checkGradients, checkLayer, normalValues, spacedValues } from './finite-differences';
import { withAndWithoutOneDnn } from './with-and-without-one-dnn';

const l = () => tf.layers;

withAndWithoutOneDnn('gradients against finite differences', () => {
  // oneDNN's own gradient wrote past its memory here, on AVX2 with one thread.
  for (const [channels, filters, strides] of [
    [4, 1, 2],
    [4, 4, 2],
    [3, 5, 3],
  ] as const) {
    it(`conv2d 1×1, strides ${strides}, ${channels} to ${filters} channels`, () =>
      checkLayer(l().conv2d({ filters, kernelSize: 1, strides }), [4, 14, 10, channels]));
  }
  for (const padding of ['same', 'valid'] as const) {
    for (const strides of [1, 2]) {
      const options = { kernelSize: 3, strides, padding };
      it(`conv2d, ${padding}, stride ${strides}, odd sizes`, () =>
        checkLayer(l().conv2d({ filters: 5, ...options }), [2, 9, 7, 3]));
      it(`depthwiseConv2d, ${padding}, stride ${strides}, odd sizes`, () =>
        checkLayer(l().depthwiseConv2d({ depthMultiplier: 1, ...options }), [2, 9, 7, 3]));
    }
    it(`maxPooling2d, ${padding}, odd sizes`, () =>
      checkLayer(l().maxPooling2d({ poolSize: 2, padding }), [2, 5, 7, 3], {
        values: spacedValues,
      }));
    it(`maxPooling2d of overlapping windows, ${padding}`, () =>
      checkLayer(l().maxPooling2d({ poolSize: 3, strides: 2, padding }), [1, 7, 7, 2], {
        values: spacedValues,
      }));
  }
  it('conv2d of one image without a bias', () =>
    checkLayer(l().conv2d({ filters: 2, kernelSize: 1, useBias: false }), [1, 5, 5, 3]));
  it('depthwiseConv2d with a multiplier', () =>
    checkLayer(l().depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), [1, 5, 5, 3]));
  it('dense', () => checkLayer(l().dense({ units: 5 }), [3, 7]));
  it('dense of one row, without a bias', () =>
    checkLayer(l().dense({ units: 5, useBias: false }), [1, 7]));

  for (const shape of [
    [7, 3],
    [5, 3, 2],
    [3, 5, 3, 4],
    [1, 3, 3, 2],
  ]) {
    it(`batchNormalization in training, [${shape}]`, () =>
      checkLayer(l().batchNormalization({}), shape, { training: true, tolerance: 1e-2 }));
    it(`batchNormalization in inference, [${shape}]`, () =>
      checkLayer(l().batchNormalization({}), shape));
  }
  it('batchNormalization without scale or centre', () =>
    checkLayer(l().batchNormalization({ scale: false, center: false }), [4, 3, 3, 2], {
      training: true,
      tolerance: 1e-2,
    }));

  it('relu and relu6', () => {
    checkLayer(l().reLU({}), [3, 7], { values: spacedValues });
    const aroundSix = (size: number, random: Random) =>
      spacedValues(size, random).map((value) => value + (value > 3 ? 2.5 : 0));
    checkLayer(l().reLU({ maxValue: 6 }), [5, 5, 5, 3], { values: aroundSix });
  });
});

describe('gradients of losses against finite differences', () => {
  const rows = (shape: number[], seed: number) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tf.tensor(normalValues(size, new Random(seed)), shape);
  };

  function check(shape: number[], loss: (logits: Tensor) => Tensor): void {
    const start = rows(shape, 2);
    const logits = tf.variable(start) as Variable;
    checkGradients(() => loss(logits), [logits]);
    tf.dispose([start, logits]);
  }

  for (const shape of [
    [1, 3],
    [5, 4],
    [2, 3, 3, 5],
  ]) {
    it(`softmaxCrossEntropy, [${shape}]`, () => {
      const labels = tf.tidy(() => tf.softmax(rows(shape, 9)));
      check(shape, (logits) => softmaxCrossEntropy(labels, logits));
      labels.dispose();
    });
    it(`sigmoidCrossEntropy, [${shape}]`, () => {
      const labels = tf.tidy(() => tf.sigmoid(rows(shape, 9)));
      check(shape, (logits) => sigmoidCrossEntropy(labels, logits));
      labels.dispose();
    });
  }

  it('l2', () => {
    const regularizer = tf.regularizers.l2({ l2: 0.3 }) as unknown as { apply(x: Tensor): Tensor };
    check([5, 3], (weights) => regularizer.apply(weights));
  });
});
