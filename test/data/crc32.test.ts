import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, crc32InScript } from '../../lib/data/crc32';

test('both sums agree with the standard and continue from a beginning', () => {
  const check = Buffer.from('123456789');
  for (const sum of [crc32, crc32InScript]) {
    assert.equal(sum(check), 0xcbf43926);
    assert.equal(sum(check.subarray(4), sum(check.subarray(0, 4))), 0xcbf43926);
    assert.equal(sum(new Uint8Array(0)), 0);
  }
});
