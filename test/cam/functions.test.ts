import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type CamMethod, type ExplainOptions, explain } from '../../lib/cam';
import { bfloat16Gain } from '../../lib/ops';
import { nodeBackend, tf } from '../../lib/runtime';
import { fixtureImages, fixtureModel, largestDifference } from './networks';

/** The images of the fixture, three times over, each time a little darker. */
function manyImages(): Tensor4D {
  return tf.tidy(() => {
    const images = fixtureImages();
    return tf.concat([1, 0.9, 0.8].map((by) => images.mul(by))) as Tensor4D;
  });
}

/** Runs `run` and counts the calls of the binding that run ops. */
function calls<T>(run: () => T): { result: T; count: number } {
  const backend = nodeBackend();
  const real = backend.binding;
  let count = 0;
  backend.binding = Object.create(real, {
    executeOp: {
      value: (...args: Parameters<typeof real.executeOp>) => {
        count++;
        return real.executeOp(...args);
      },
    },
  }) as typeof real;
  try {
    return { result: run(), count };
  } finally {
    backend.binding = real;
  }
}

describe('passes as functions of TensorFlow', () => {
  const methods: [CamMethod, ExplainOptions][] = [
    ['grad-cam', { batchSize: 1 }],
    ['layer-cam', { batchSize: 1, layers: ['relu1', 'relu2'] }],
    ['integrated-gradients', { steps: 16 }],
    ['smooth-grad', { samples: 12, seed: 2 }],
    ['occlusion', { batchSize: 2 }],
    ['score-cam', { batchSize: 1 }],
    ['guided-grad-cam', { batchSize: 1 }],
  ];
  for (const [method, options] of methods) {
    it(`give the maps of ${method} that ops one by one give, in fewer calls`, () => {
      const model = fixtureModel('nested');
      const layers = [options.layers ?? []].flat().map((name) => `base/${name}`);
      const images = manyImages();
      const all = { ...options, method, ...(layers.length > 0 ? { layers } : {}) };
      const tensors = tf.memory().numTensors;
      const one = calls(() => explain(model, images, { ...all, runEagerly: true }));
      const other = calls(() => explain(model, images, all));
      assert.ok(largestDifference(one.result.maps, other.result.maps) < 2e-5);
      assert.ok(largestDifference(one.result.logits, other.result.logits) < 1e-6);
      assert.deepEqual(one.result.status, other.result.status);
      assert.ok(other.count < 0.9 * one.count, `${other.count} calls, ${one.count} one by one`);
      assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
      images.dispose();
      model.dispose();
    });
  }

  it('follow weights that change between calls', () => {
    const model = fixtureModel('sequential');
    const images = manyImages();
    const options = { batchSize: 1 } as const;
    explain(model, images, options);
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => weight.mul(-1))));
    const found = explain(model, images, options);
    const expected = explain(model, images, { ...options, runEagerly: true });
    assert.ok(largestDifference(found.logits, expected.logits) < 1e-6);
    assert.ok(largestDifference(found.maps, expected.maps) < 2e-5);
    images.dispose();
    model.dispose();
  });
});

describe('precision', () => {
  it('rounds in bfloat16 where that works, and is refused otherwise', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const options = { layers: 'relu1', method: 'hires-cam' } as const;
    const run = () => explain(model, images, { ...options, precision: 'bfloat16' });
    if (bfloat16Gain() === 0) assert.throws(run, { code: 'no-bfloat16' });
    else {
      const [low, full] = [run(), explain(model, images, options)];
      const difference = largestDifference(low.logits, full.logits);
      assert.ok(difference > 0 && difference < 0.02 * Math.max(...full.logits), `${difference}`);
    }
    images.dispose();
    model.dispose();
  });
});
