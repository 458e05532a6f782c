import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classCounts, labelFrame, pairTable } from '../../lib/data';
import { tf } from '../../lib/runtime';
import { setOf } from './sets';

const set = setOf([0, 2, 1, 0], [2, -1, 0, -1]);

test('labels, counts and pairs as danfo DataFrames', () => {
  const labels = labelFrame(set);
  assert.deepEqual(labels.columns, [
    ...['row', 'name', 'primary_type', 'secondary_type'],
    ...['primary_type_index', 'secondary_type_index'],
  ]);
  assert.deepEqual(labels.values, [
    [100, 'picture 0', 'ant', 'cat', 0, 2],
    [101, 'picture 1', 'cat', '', 2, -1],
    [102, 'picture 2', 'bee', 'ant', 1, 0],
    [103, 'picture 3', 'ant', '', 0, -1],
  ]);

  const counts = classCounts(set);
  assert.deepEqual(counts.columns, ['type', 'primary', 'primary_share', 'any', 'any_share']);
  assert.deepEqual(counts.values, [
    ['ant', 2, 0.5, 3, 0.75],
    ['bee', 1, 0.25, 1, 0.25],
    ['cat', 1, 0.25, 2, 0.5],
  ]);

  const pairs = pairTable(set);
  assert.deepEqual(pairs.columns, ['primary_type', 'none', 'ant', 'bee', 'cat']);
  assert.deepEqual(pairs.values, [
    ['ant', 1, 0, 0, 1],
    ['bee', 0, 1, 0, 0],
    ['cat', 1, 0, 0, 0],
  ]);
});

test('danfo stands on the one tfjs of the process', () => {
  const danfo = require('danfojs-node') as { tensorflow: { Tensor: unknown } };
  assert.equal(danfo.tensorflow.Tensor, tf.Tensor);
  assert.equal(tf.memory().numTensors, 0);
});
