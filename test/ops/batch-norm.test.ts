import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { layers, Tensor } from '@tensorflow/tfjs-node-gpu';
import { useNativeOps } from '../../lib/ops';
import { setSeed, tf } from '../../lib/runtime';
import { assertClose } from './close';

function statistics(layer: layers.Layer): number[] {
  return layer.weights.slice(-2).flatMap((weight) => [...weight.read().dataSync()]);
}

function network(): { model: ReturnType<typeof tf.sequential>; norm: layers.Layer } {
  const model = tf.sequential();
  const norm = tf.layers.batchNormalization({});
  model.add(tf.layers.dense({ units: 4, inputShape: [3] }));
  model.add(norm);
  model.add(tf.layers.dense({ units: 2, activation: 'softmax' }));
  return { model, norm };
}

async function train(model: ReturnType<typeof tf.sequential>): Promise<void> {
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const x = tf.randomNormal([8, 3], 5, 2);
  const y = tf.oneHot([0, 1, 0, 1, 0, 1, 0, 1], 2);
  await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
}

describe('batch norm', () => {
  it('keeps the variance over n, as Keras does', () => {
    const layer = tf.layers.batchNormalization({ momentum: 0 });
    const x = tf.tensor2d([1, 3, 5, 7], [4, 1]);
    tf.dispose(layer.apply(x, { training: true }) as Tensor);
    assertClose(statistics(layer), [4, 5], 1e-6, 'mean and variance');
    x.dispose();
    layer.dispose();
  });

  it('moves its statistics in training and not in inference', () => {
    const layer = tf.layers.batchNormalization({});
    const x = tf.tensor2d([1, 3, 5, 7], [2, 2]);
    layer.apply(tf.input({ shape: [2] }));
    const before = statistics(layer);
    tf.dispose(layer.apply(x) as Tensor);
    assert.deepEqual(statistics(layer), before);
    tf.dispose(layer.apply(x, { training: true }) as Tensor);
    assert.notDeepEqual(statistics(layer), before);
    x.dispose();
    layer.dispose();
  });

  for (const backend of ['tensorflow', 'cpu']) {
    it(`keeps a frozen layer frozen on ${backend}`, async () => {
      await tf.setBackend(backend);
      setSeed(1);
      const { model, norm } = network();
      norm.trainable = false;
      const before = statistics(norm);
      await train(model);
      assert.deepEqual(statistics(norm), before);
      model.dispose();
      await tf.setBackend('tensorflow');
    });
  }

  it('keeps layers frozen in a frozen model inside a model', async () => {
    const inner = network();
    inner.model.trainable = false;
    const outer = tf.sequential();
    outer.add(inner.model);
    outer.add(tf.layers.dense({ units: 2, activation: 'softmax' }));
    const before = statistics(inner.norm);
    await train(outer);
    assert.equal(inner.norm.trainable, false);
    assert.deepEqual(statistics(inner.norm), before);
    outer.dispose();
  });

  it('trains the layers that were unfrozen in a frozen model', async () => {
    const { model, norm } = network();
    model.trainable = false;
    model.trainable = true;
    for (const layer of model.layers) layer.trainable = layer === norm;
    const before = model.layers.map((layer) => [...layer.weights[0]!.read().dataSync()]);
    await train(model);
    const after = model.layers.map((layer) => [...layer.weights[0]!.read().dataSync()]);
    assert.deepEqual(after[0], before[0]);
    assert.notDeepEqual(after[1], before[1]);
    assert.deepEqual(after[2], before[2]);
    model.dispose();
  });

  it('leaves single layers of a sequential frozen when the model is built', () => {
    const { model, norm } = network();
    norm.trainable = false;
    tf.dispose(model.predict(tf.zeros([1, 3])) as Tensor);
    assert.equal(norm.trainable, false);
    assert.equal(model.layers[0]!.trainable, true);
    model.dispose();
  });

  it('gives the numbers of tfjs, on another axis as well', () => {
    for (const [axis, shape] of [
      [-1, [4, 3, 3, 2]],
      [1, [4, 2, 3, 3]],
    ] as const) {
      setSeed(3);
      const x = tf.randomNormal([...shape]);
      const results = [true, false].map((on) => {
        useNativeOps({ batchNorm: on });
        const layer = tf.layers.batchNormalization({ axis });
        const y = layer.apply(x, { training: true }) as Tensor;
        const values = [...y.dataSync(), ...statistics(layer)];
        y.dispose();
        layer.dispose();
        return values;
      });
      useNativeOps({ batchNorm: true });
      assertClose(results[0]!, results[1]!, 1e-5, `axis ${axis}`);
      x.dispose();
    }
  });
});
