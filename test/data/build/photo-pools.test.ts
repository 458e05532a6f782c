import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitPhotos } from '../../../lib/data/build/photo-pools';

const photos = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ name: String(i), width: 1, height: 1 },
    rgb: new Uint8Array(3),
  }));

test('every fifth photo is kept for the test set, and no photo is in both', () => {
  const { train, test: kept } = splitPhotos(photos(12));
  assert.deepEqual(
    kept.map(({ name }) => name),
    ['4', '9'],
  );
  assert.equal(train.length, 10);
  assert.ok(kept.every((photo) => !train.includes(photo)));
});

test('fewer than five photos serve both', () => {
  const few = photos(4);
  assert.deepEqual(splitPhotos(few), { train: few, test: few });
});
