import assert from 'node:assert/strict';
import { test } from 'node:test';
import { augmentedSet } from '../../../lib/data';
import type { ImageSet } from '../../../lib/data/types';

/** One image of 4×4 whose red channel counts from left to right. */
const set: ImageSet = {
  name: 'train',
  count: 1,
  height: 4,
  width: 4,
  images: Uint8Array.from({ length: 48 }, (_, i) => (i % 3 === 0 ? 20 * ((i / 3) % 4) : 50)),
  masks: null,
  names: ['Pikachu'],
  primary: Uint8Array.of(3),
  secondary: Int8Array.of(-1),
  classNames: ['a', 'b', 'c', 'd'],
  rows: Int32Array.of(7),
};
const red = (images: Uint8Array, picture: number) =>
  Array.from({ length: 4 }, (_, x) => images[picture * 48 + x * 3]!);
const still = { flip: false, shift: 0, rotate: 0, brightness: 0 };

test('the images stay first, followed by copies and their classes', () => {
  const made = augmentedSet(set, { ...still, copies: 2, seed: 1 });
  assert.equal(made.count, 3);
  assert.deepEqual(made.images, Uint8Array.from([...set.images, ...set.images, ...set.images]));
  assert.deepEqual([...made.primary], [3, 3, 3]);
  assert.deepEqual(made.names, ['Pikachu', 'Pikachu', 'Pikachu']);
  assert.deepEqual([...made.rows], [7, 7, 7]);
});

test('half of the copies are mirrored', () => {
  const made = augmentedSet(set, { ...still, flip: true, copies: 40, seed: 1 });
  const rows = Array.from({ length: 40 }, (_, i) => red(made.images, i + 1).join());
  const mirrored = rows.filter((row) => row === '60,40,20,0').length;
  assert.equal(mirrored + rows.filter((row) => row === '0,20,40,60').length, 40);
  assert.ok(mirrored > 8 && mirrored < 32);
});

test('what is only moved stays crisp', () => {
  const made = augmentedSet(set, { ...still, shift: 0.5, copies: 40, seed: 1 });
  const rows = Array.from({ length: 40 }, (_, i) => red(made.images, i + 1).join());
  const moved = ['40,60,60,60', '20,40,60,60', '0,20,40,60', '0,0,20,40', '0,0,0,20'];
  assert.deepEqual(new Set(rows), new Set(moved));
});

test('shifts, turns and brightness change an image within their limits, by the seed', () => {
  const made = augmentedSet(set, { copies: 1, seed: 4 });
  assert.notDeepEqual(made.images.slice(48), set.images);
  assert.deepEqual(augmentedSet(set, { copies: 1, seed: 4 }).images, made.images);
  assert.notDeepEqual(augmentedSet(set, { copies: 1, seed: 5 }).images, made.images);
  const light = augmentedSet(set, { ...still, brightness: 0.2, copies: 20, seed: 1 });
  for (let i = 1; i <= 20; i++) {
    const green = light.images[i * 48 + 1]!;
    assert.ok(green >= 40 && green <= 60);
  }
});
