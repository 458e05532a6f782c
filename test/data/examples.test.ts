import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batches, examplesOf, maskExamplesOf, multiHot, oneHot } from '../../lib/data';
import { setSeed } from '../../lib/runtime';
import { setOf } from './sets';

const set = setOf([0, 2, 1], [2, -1, 0]);

test('one-hot and multi-hot rows', () => {
  assert.deepEqual(oneHot(set), {
    shape: [3, 3],
    values: Float32Array.from([...[1, 0, 0], ...[0, 0, 1], ...[0, 1, 0]]),
  });
  assert.deepEqual(multiHot(set), {
    shape: [3, 3],
    values: Float32Array.from([...[1, 0, 1], ...[0, 0, 1], ...[1, 1, 0]]),
  });
});

test('examples are the images, scaled to 0 to 1 and not copied', () => {
  const { x, y } = examplesOf(set);
  assert.deepEqual(x.shape, [3, 1, 2, 3]);
  assert.equal(x.values, set.images);
  assert.equal(x.scale, 1 / 255);
  assert.deepEqual(y, oneHot(set));
  assert.deepEqual(examplesOf(set, 'multi').y, multiHot(set));
});

test('masks are the targets of segmentation', () => {
  const { x, y } = maskExamplesOf(set);
  assert.deepEqual(x.shape, [3, 1, 2, 3]);
  assert.deepEqual(y.shape, [3, 1, 2, 1]);
  assert.equal(y.values, set.masks);
  assert.throws(() => maskExamplesOf({ ...set, masks: null }), { code: 'no-masks' });
});

const many = examplesOf(setOf([0, 1, 2, 0, 1, 2, 0]));
const firsts = (options: Parameters<typeof batches>[1]) =>
  [...batches(many, options)].map(({ x }) => {
    const [count] = x.shape as [number];
    return Array.from({ length: count }, (_, i) => x.values[i * 6]! / 10);
  });

test('batches cut in order, the rest last', () => {
  assert.deepEqual(firsts({ batchSize: 3 }), [[0, 1, 2], [3, 4, 5], [6]]);
  assert.deepEqual(firsts({ batchSize: 3, dropRemainder: true }), [
    [0, 1, 2],
    [3, 4, 5],
  ]);
  assert.deepEqual(firsts({}), [[0, 1, 2, 3, 4, 5, 6]]);
  assert.equal([...batches(many, { batchSize: 7, dropRemainder: true })].length, 1);
});

test('shuffled batches hold every row once, with its own target', () => {
  const order = firsts({ batchSize: 2, shuffle: true, seed: 4 });
  assert.deepEqual(order, firsts({ batchSize: 2, shuffle: true, seed: 4 }));
  assert.notDeepEqual(order, firsts({ batchSize: 2, shuffle: true, seed: 5 }));
  assert.deepEqual(order.flat().sort(), [0, 1, 2, 3, 4, 5, 6]);
  for (const { x, y } of batches(many, { batchSize: 1, shuffle: true, seed: 4 })) {
    assert.equal(y.values[(x.values[0]! / 10) % 3], 1);
  }
  setSeed(2);
  const first = firsts({ shuffle: true });
  setSeed(2);
  assert.deepEqual(firsts({ shuffle: true }), first);
});

test('refuses a batch size of 0', () => {
  assert.throws(() => [...batches(many, { batchSize: 0 })], { code: 'bad-batch-size' });
});
