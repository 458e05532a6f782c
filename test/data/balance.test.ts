import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanceOf, maskCoverage } from '../../lib/data';
import { setOf } from './sets';

test('balance of the primary types and of either type', () => {
  const set = setOf([0, 0, 0, 2], [2, 2, -1, 0]);
  const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)) / Math.log(2);
  assert.deepEqual(balanceOf(set), {
    classes: 2,
    ...{ largest: 'ant', largestShare: 0.75, smallest: 'cat', smallestShare: 0.25, ratio: 3 },
    evenness: entropy,
  });
  const either = balanceOf(set, 'multi');
  assert.deepEqual([either.largest, either.largestShare], ['ant', 1]);
  assert.deepEqual([either.smallest, either.smallestShare, either.ratio], ['cat', 0.75, 4 / 3]);
  assert.equal(balanceOf(setOf([0, 1, 2])).evenness, 1);
  assert.equal(balanceOf(setOf([1, 1])).evenness, 1);
});

test('mask coverage counts pixels', () => {
  const set = { ...setOf([0, 1]), masks: Uint8Array.from([1, 0, 0, 0]) };
  assert.equal(maskCoverage(set), 0.25);
  assert.equal(maskCoverage({ ...set, masks: null }), 0);
});
