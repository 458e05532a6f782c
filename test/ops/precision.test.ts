import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import {
  bfloat16Gain,
  foldBatchNorm,
  type Precision,
  resolvePrecision,
  setPrecision,
  withPrecision,
} from '../../lib/ops';
import { engineInfo, nodeBackend, setSeed, tf } from '../../lib/runtime';
import { cosine, lossGradients } from './loss-gradients';

const { layers } = tf;
const onCard = engineInfo().device === 'GPU';
/** Processors without AVX-512 have no such kernels. */
const skip = bfloat16Gain() === 0 && 'no kernels for bfloat16';

/** The CNN of the benchmark with fewer channels, and a depthwise layer. */
function network(): LayersModel {
  const conv = (filters: number) =>
    layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' });
  const input = tf.input({ shape: [16, 16, 3] });
  const all = [
    conv(8),
    layers.batchNormalization(),
    layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }),
    conv(16),
    layers.batchNormalization(),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dense({ units: 32, activation: 'relu' }),
    layers.dense({ units: 10 }),
  ];
  let x: unknown = input;
  for (const layer of all) x = layer.apply(x as Tensor);
  return tf.model({ inputs: input, outputs: x as never });
}

describe('bfloat16', { skip }, () => {
  it('gives gradients in the direction of those of float32, layer by layer', () => {
    setSeed(2);
    const model = network();
    const exact = lossGradients(model, 'float32');
    const backward = lossGradients(model, 'float32', 'bfloat16');
    const whole = lossGradients(model, 'bfloat16');
    for (const [i, weight] of model.trainableWeights.entries()) {
      // Batch norm cancels a bias before it: its gradient is only rounding error.
      if (exact[i]!.every((value) => Math.abs(value) < 1e-6)) continue;
      const alone = cosine(exact[i]!, backward[i]!);
      assert.ok(alone > 0.999, `${weight.name}: ${alone}`);
      // Rounded activations are on the other side of some ReLUs and maxima. PyTorch's autocast gives
      // 0.974 to 0.999 for the CNN of the benchmark with initial weights, this 0.983 to 0.999.
      const together = cosine(exact[i]!, whole[i]!);
      assert.ok(together > 0.97, `${weight.name}: ${together}`);
    }
    assert.notDeepEqual(whole, exact);
    model.dispose();
  });

  it('leaves no tensor and ends with its scope', () => {
    setSeed(2);
    const model = network();
    const { numTensors } = tf.memory();
    const held = nodeBackend().binding as unknown as { getNumOfTensors(): number };
    const heldBefore = held.getNumOfTensors();
    const first = lossGradients(model, 'float32');
    lossGradients(model, 'bfloat16');
    assert.deepEqual(lossGradients(model, 'float32'), first);
    assert.equal(tf.memory().numTensors, numTensors);
    assert.ok(held.getNumOfTensors() <= heldBefore + model.weights.length);
    assert.throws(() => withPrecision('bfloat16', () => assert.fail('inside')), /inside/);
    assert.deepEqual(lossGradients(model, 'float32'), first);
    model.dispose();
  });

  it('reaches folded networks', () => {
    setSeed(2);
    const model = network();
    const folded = foldBatchNorm(model);
    const x = tf.randomUniform([4, 16, 16, 3], 0, 1, 'float32', 3);
    const [exact, rounded] = (['float32', 'bfloat16'] as const).map((precision) =>
      withPrecision(precision, () => folded.predict(x)),
    ) as [Tensor, Tensor];
    const error = tf.max(tf.abs(tf.sub(exact, rounded))).dataSync()[0]!;
    const scale = tf.max(tf.abs(exact)).dataSync()[0]!;
    assert.ok(error > 0 && error < 0.05 * scale, `${error} of ${scale}`);
    folded.dispose();
    model.dispose();
  });
});

describe('precision', () => {
  it('is float32 unless another is asked for', () => {
    assert.equal(resolvePrecision(), 'float32');
    assert.equal(resolvePrecision('float32'), 'float32');
    const candidates = onCard ? ['tf32'] : ['float32', 'bfloat16'];
    assert.ok(candidates.includes(resolvePrecision('auto')));
    assert.throws(() => resolvePrecision('float16' as Precision), {
      code: 'bad-option',
      message: 'precision float16: there are float32, tf32, bfloat16, auto',
    });
  });

  it('can be set as the default', () => {
    try {
      setPrecision('tf32');
      assert.equal(resolvePrecision(), 'tf32');
      assert.equal(resolvePrecision('float32'), 'float32');
      assert.throws(() => setPrecision('half' as Precision), { code: 'bad-option' });
      assert.equal(resolvePrecision(), 'tf32');
    } finally {
      setPrecision('float32');
    }
    assert.equal(resolvePrecision(), 'float32');
  });

  it('auto leaves networks without convolutions in float32', () => {
    const flat = tf.sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
    // On a GPU TF32 is faster for both.
    assert.equal(resolvePrecision('auto', flat), onCard ? 'tf32' : 'float32');
    const model = network();
    assert.equal(resolvePrecision('auto', model), resolvePrecision('auto'));
    flat.dispose();
    model.dispose();
  });

  it('allows TF32 only inside tf32, not by default as TensorFlow does', () => {
    const { binding } = nodeBackend();
    assert.equal(binding.isTf32Allowed(), false);
    assert.equal(
      withPrecision('tf32', () => {
        assert.equal(
          withPrecision('float32', () => binding.isTf32Allowed()),
          false,
        );
        return binding.isTf32Allowed();
      }),
      true,
    );
    assert.equal(binding.isTf32Allowed(), false);
  });

  it('is not available on another backend', async () => {
    await tf.setBackend('cpu');
    try {
      assert.equal(resolvePrecision('auto'), 'float32');
    } finally {
      await tf.setBackend('tensorflow');
    }
  });
});
