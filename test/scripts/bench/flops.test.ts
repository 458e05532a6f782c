import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tf } from '../../../lib/runtime';
import { operations } from '../../../scripts/bench/flops';
import { allNetworks, type Network } from '../../../scripts/bench/networks';

const small: Network = {
  title: 'small',
  input: [8, 8, 3],
  images: 4,
  batch: 2,
  task: 'predict',
  layers: [['conv', 5, 3, 1, 'relu'], ['maxPool'], ['flatten'], ['dense', 10, 'softmax']],
};

describe('operations', () => {
  it('counts two for each weight at each place, and three times as many in training', () => {
    const forward = 2 * (8 * 8 * 3 * 3 * 3 * 5 + 4 * 4 * 5 * 10);
    assert.equal(operations(small), forward);
    assert.equal(operations({ ...small, task: 'train' }), 3 * forward);
  });

  it('counts MobileNet as its paper does: 569 million multiplications and additions', () => {
    const before = tf.memory().numTensors;
    const found = operations(allNetworks['mobileNet']!) / 2e6;
    assert.ok(Math.abs(found - 568) < 2, String(found));
    assert.equal(tf.memory().numTensors, before);
  });

  it('counts the backward pass of layers that train only', () => {
    const [frozen, tuned] = [allNetworks['mobileNet']!, allNetworks['fineTuning']!];
    const ratio = operations(tuned) / operations(frozen);
    assert.ok(ratio > 1.1 && ratio < 1.3, String(ratio));
  });
});
