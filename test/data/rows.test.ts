import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatRows, gatherExamples, gatherRows, rowRange, subset } from '../../lib/data';
import { setOf } from './sets';

test('subset takes every field of the named rows, in that order', () => {
  const set = setOf([0, 1, 2, 1], [-1, 2, -1, 0]);
  const taken = subset(set, [3, 1, 3], 'some');
  assert.equal(taken.name, 'some');
  assert.equal(taken.count, 3);
  assert.deepEqual(
    [...taken.images],
    [...[30, 31, 32, 33, 34, 35], ...[10, 11, 12, 13, 14, 15], ...[30, 31, 32, 33, 34, 35]],
  );
  assert.deepEqual([...taken.masks!], [1, 0, 1, 0, 1, 0]);
  assert.deepEqual(taken.names, ['image 3', 'image 1', 'image 3']);
  assert.deepEqual([...taken.primary], [1, 1, 1]);
  assert.deepEqual([...taken.secondary], [0, 2, 0]);
  assert.deepEqual([...taken.rows], [103, 101, 103]);
  taken.images[0] = 99;
  assert.equal(set.images[18], 30, 'the original is not shared');
});

test('rows of a subset of a subset still name those of the data set', () => {
  const twice = subset(subset(setOf([0, 1, 2, 1]), [1, 2, 3]), [2]);
  assert.deepEqual([...twice.rows], [103]);
});

test('a set without masks stays without', () => {
  assert.equal(subset({ ...setOf([0, 1]), masks: null }, [0]).masks, null);
});

for (const row of [-1, 4, 1.5, Number.NaN]) {
  test(`refuses row ${row}`, () => {
    assert.throws(() => subset(setOf([0, 1, 2, 1]), [0, row]), { code: 'bad-row' });
  });
}

test('gatherRows keeps dtype, scale and inner shape', () => {
  const rows = gatherRows(
    { shape: [3, 2, 1], values: Float32Array.from([1, 2, 3, 4, 5, 6]), scale: 0.5, offset: 1 },
    [2, 0],
  );
  assert.deepEqual(rows, {
    ...{ shape: [2, 2, 1], scale: 0.5, offset: 1 },
    values: Float32Array.from([5, 6, 1, 2]),
  });
});

test('gatherExamples takes inputs and targets together', () => {
  const rows = { shape: [2], values: Float32Array.from([7, 8]) };
  const { x, y } = gatherExamples({ x: rows, y: { ...rows, scale: 2 } }, [1]);
  assert.deepEqual([x.values[0], y.values[0], y.scale], [8, 8, 2]);
});

test('range is empty where it ends before it starts', () => {
  assert.deepEqual([...rowRange(2, 5)], [2, 3, 4]);
  assert.equal(rowRange(5, 2).length, 0);
});

test('concatRows joins rows of one kind and refuses others', () => {
  const first = { shape: [1, 2], values: Uint8Array.of(1, 2), scale: 0.5 };
  const second = { shape: [2, 2], values: Uint8Array.of(3, 4, 5, 6), scale: 0.5 };
  assert.deepEqual(concatRows(first, second), {
    shape: [3, 2],
    values: Uint8Array.of(1, 2, 3, 4, 5, 6),
    scale: 0.5,
  });
  assert.throws(() => concatRows(first, { ...second, scale: 1 }), { code: 'bad-shape' });
  assert.throws(() => concatRows(first, { shape: [1, 3], values: new Uint8Array(3), scale: 0.5 }), {
    code: 'bad-shape',
  });
});
