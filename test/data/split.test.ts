import assert from 'node:assert/strict';
import { test } from 'node:test';
import { split, splitPokemon } from '../../lib/data';
import type { ImageSet } from '../../lib/data/types';
import { setSeed } from '../../lib/runtime';
import { setOf } from './sets';

/** 60 ants, 30 bees and 10 cats, mixed. */
const mixed = setOf(Array.from({ length: 100 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2)));

const labelCounts = (set: ImageSet) =>
  set.classNames.map((_, label) => set.primary.filter((value) => value === label).length);

for (const stratified of [true, false]) {
  test(`every row is in one part, in order, stratified ${stratified}`, () => {
    const { train, validation } = split(mixed, { validation: 0.125, stratified, seed: 5 });
    assert.deepEqual([train.count, validation.count], [87, 13], '12.5 rounds to 13');
    const rows = [...train.rows, ...validation.rows].sort((a, b) => a - b);
    assert.deepEqual(rows, [...mixed.rows]);
    for (const part of [train, validation]) {
      assert.deepEqual(
        [...part.rows],
        [...part.rows].sort((a, b) => a - b),
      );
      // All fields of a row stay together.
      for (let i = 0; i < part.count; i++) {
        const row = part.rows[i]! - 100;
        assert.equal(part.names[i], `image ${row}`);
        assert.equal(part.images[i * 6], (row * 10) & 255);
        assert.equal(part.primary[i], mixed.primary[row]);
      }
    }
  });
}

test('a stratified part has each class by its share, to less than one row', () => {
  for (const seed of [1, 2, 3]) {
    const { validation } = split(mixed, { validation: 0.25, seed });
    const [ants, bees, cats] = labelCounts(validation) as [number, number, number];
    assert.equal(ants, 15);
    assert.deepEqual([bees, cats], [8, 2], 'of 7.5 and 2.5 the first is rounded up');
  }
});

test('a part that is not stratified follows the draw', () => {
  const counts = [1, 2, 3, 4, 5, 6].map((seed) =>
    labelCounts(split(mixed, { validation: 0.25, stratified: false, seed }).validation).join(),
  );
  assert.ok(new Set(counts).size > 1);
});

test('the seed decides; without one the process does', () => {
  const rowsOf = (seed?: number) => [...split(mixed, { seed }).validation.rows];
  assert.deepEqual(rowsOf(1), rowsOf(1));
  assert.notDeepEqual(rowsOf(1), rowsOf(2));
  setSeed(9);
  const first = rowsOf();
  const second = rowsOf();
  setSeed(9);
  assert.deepEqual(rowsOf(), first);
  assert.notDeepEqual(first, second);
});

test('a class of one image and an empty part are allowed', () => {
  const { train, validation } = split(setOf([0, 0, 0, 1]), { validation: 0.5, seed: 1 });
  assert.deepEqual([train.count, validation.count], [2, 2]);
  assert.equal(split(mixed, { validation: 0, seed: 1 }).validation.count, 0);
});

for (const validation of [-0.1, 1, Number.NaN, 13]) {
  test(`refuses the part ${validation}`, () => {
    assert.throws(() => split(mixed, { validation }), { code: 'bad-split' });
  });
}

test('every class is in a stratified part if possible; otherwise there is a warning', (context) => {
  const warn = context.mock.method(console, 'info', () => {});
  const said = () => {
    const messages = warn.mock.calls.map(({ arguments: [message] }) => String(message));
    warn.mock.resetCalls();
    return messages;
  };
  const labels = (counts: number[]) => counts.flatMap((n, label) => Array<number>(n).fill(label));
  const of = (counts: number[], validation: number) =>
    labelCounts(split(setOf(labels(counts)), { validation, seed: 1 }).validation);
  assert.deepEqual(of([200, 4, 2], 0.125), [24, 1, 1]);
  assert.deepEqual(of([2, 2, 2], 0.9), [2, 2, 1], 'too few rows for one of each in train');
  assert.match(
    said().join(),
    /^the train set has no images of 'ant', 'bee': increase the validation fraction/,
  );
  assert.deepEqual(of([100, 1, 100], 0.1), [10, 0, 10]);
  assert.match(said().join(), /^the validation set has no images of 'bee'/);
  assert.deepEqual(of([10, 10, 10], 0.07), [1, 1, 0]);
  assert.equal(said().length, 1);

  // Rows sorted by class: the last rows are the test set.
  const sorted = setOf(labels([30, 30, 30]));
  splitPokemon(sorted, { test: 30, seed: 1 });
  assert.deepEqual(said(), [
    "the train set has no images of 'cat': the last rows of the data set are its test set, so shuffle rows that are sorted by class",
    "the validation set has no images of 'cat': the last rows of the data set are its test set, so shuffle rows that are sorted by class",
    "the test set has no images of 'ant', 'bee': the last rows of the data set are its test set, so shuffle rows that are sorted by class",
  ]);
  splitPokemon(mixed, { test: 20, seed: 1 });
  assert.deepEqual(said(), []);
});
