import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, floatsOf, isRight, overlapOf, predictedClasses, toBase64 } from '../../lib/live';

const picture = (primary: number, secondary = -1) => ({ name: 'one', primary, secondary });

test('one type is the surest; of several all from one half on, the surest first', () => {
  const output = [0.1, 0.8, 0.6, 0.5];
  assert.deepEqual(predictedClasses('single', output), [1]);
  assert.deepEqual(predictedClasses('multi', output), [1, 2, 3]);
  assert.deepEqual(predictedClasses('multi', [0.1, 0.2]), []);
  assert.deepEqual(predictedClasses('mask', output), []);
});

test('of several types all must be there, and no other', () => {
  assert.equal(isRight('single', [0.1, 0.9], picture(1, 0)), true);
  assert.equal(isRight('single', [0.9, 0.1], picture(1, 0)), false);
  assert.equal(isRight('multi', [0.9, 0.6, 0.1], picture(1, 0)), true);
  assert.equal(isRight('multi', [0.9, 0.6, 0.1], picture(1)), false);
  assert.equal(isRight('multi', [0.1, 0.2, 0.1], picture(1)), false);
});

test('masks overlap by the pixels they share', () => {
  assert.equal(overlapOf([0.9, 0.9, 0.1, 0.1], [1, 0, 1, 0]), 1 / 3);
  assert.equal(overlapOf([0.1, 0.1], [0, 0]), 1);
});

test('numbers come out of base64 as they went in', () => {
  const floats = Float32Array.from({ length: 70_000 }, (_, i) => Math.sin(i) * 1e-7);
  assert.deepEqual(floatsOf(toBase64(floats)), floats);
  const part = Uint8Array.from([1, 2, 3, 254, 255]).subarray(1, 4);
  assert.deepEqual(bytesOf(toBase64(part)), Uint8Array.from([2, 3, 254]));
});
