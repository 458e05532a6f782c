import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadData } from '../../lib/data';
import {
  goodArchive,
  goodImages,
  imageBytes,
  maskBytes,
  temporaryFolder,
  writeDataSet,
} from './folders';

test('loadData gives the arrays of the course, training rows in the order of the file', async (context) => {
  const data = await loadData({ dir: writeDataSet(temporaryFolder(context)), test: 1 });
  assert.deepEqual(Object.keys(data).sort(), [
    ...['test_X', 'test_classes', 'test_labels', 'test_masks'],
    ...['train_X', 'train_classes', 'train_labels', 'train_masks'],
  ]);
  assert.deepEqual(data.train_X.shape, [2, 2, 4, 3]);
  assert.deepEqual(data.test_masks.shape, [1, 2, 4, 1]);
  assert.deepEqual(data.train_X.values, imageBytes.subarray(0, 48));
  assert.equal(data.train_X.scale, 1 / 255);
  assert.deepEqual(data.test_X.values, imageBytes.subarray(48));
  assert.deepEqual(data.train_masks.values, maskBytes.subarray(0, 16));
  assert.deepEqual(data.test_masks.values, maskBytes.subarray(16));
  // Charizard is fire and flying, Onix rock and ground, Eevee normal.
  const bits = (...set: number[]) => Array.from({ length: 10 }, (_, i) => Number(set.includes(i)));
  assert.deepEqual([...data.train_classes.values], [...bits(2), ...bits(8)]);
  assert.deepEqual([...data.train_labels.values], [...bits(2, 3), ...bits(5, 8)]);
  assert.deepEqual([...data.test_classes.values], bits(6));
  assert.deepEqual([...data.test_labels.values], bits(6));
});

test('loadData needs masks', async (context) => {
  const dir = writeDataSet(temporaryFolder(context), { npz: goodArchive(goodImages, null) });
  await assert.rejects(loadData({ dir, test: 1 }), { code: 'no-masks' });
});
