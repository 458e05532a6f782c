import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setSeed, tf } from '../../lib/runtime';
import { findLearningRate } from '../../lib/training';
import { copyWeights } from '../../lib/training/weights';
import { smallCnn, stripes } from './examples';

test('the finder tries growing rates and leaves the model as it was', async () => {
  setSeed(1);
  const model = smallCnn();
  const weights = copyWeights(model);
  const before = tf.memory().numTensors;
  const options = { from: 1e-5, to: 10, steps: 60, seed: 1 };
  const test = await findLearningRate(model, stripes(100), options);
  assert.deepEqual(copyWeights(model), weights);
  assert.equal(tf.memory().numTensors, before);
  const { learningRates, losses, smoothed, suggested } = test;
  assert.equal(losses.length, learningRates.length);
  assert.equal(smoothed.length, learningRates.length);
  assert.equal(learningRates[0], 1e-5);
  assert.equal(smoothed[0], losses[0]);
  assert.ok(learningRates.every((rate, i) => i === 0 || rate > learningRates[i - 1]!));
  assert.ok(suggested > 1e-4 && suggested < 1, `suggested ${suggested}`);
  assert.deepEqual(await findLearningRate(model, stripes(100), options), test);
  model.dispose();
});

test('the finder rejects invalid options', async () => {
  const model = smallCnn();
  await assert.rejects(findLearningRate(model, stripes(9), { from: 1, to: 0.1 }), {
    code: 'bad-option',
  });
  model.dispose();
});
