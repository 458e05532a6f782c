import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadOf } from '../../../lib/run/seeds/spread';

test('mean, minimum, maximum and sample deviation of every metric, by name', () => {
  const run = (value: number) => ({
    bounds: [{ name: 'accuracy', value, atLeast: 0, holds: true }],
    results: [{ section: '2.4', name: 'loss', value: 10 * value }],
  });
  const [accuracy, loss] = spreadOf([run(2), run(4), run(9)]);
  assert.deepEqual(
    { ...accuracy, deviation: 0 },
    { name: 'accuracy', runs: 3, mean: 5, min: 2, max: 9, deviation: 0 },
  );
  // The sample variance of 2, 4, 9 is ((-3)² + (-1)² + 4²) / 2 = 13.
  assert.ok(Math.abs(accuracy!.deviation - Math.sqrt(13)) < 1e-12);
  assert.deepEqual([loss!.name, loss!.mean], ['2.4 loss', 50]);
});

test('a failed run counts only where it has metrics, NaN not at all', () => {
  const bound = (value: number) => ({ name: 'a', value, atLeast: 0, holds: false });
  const runs = [
    { bounds: [bound(1)], results: [] },
    { bounds: [], results: [] },
    { bounds: [bound(Number.NaN)], results: [] },
  ];
  assert.deepEqual(spreadOf(runs), [{ name: 'a', runs: 1, mean: 1, min: 1, max: 1, deviation: 0 }]);
});

test('a metric has the name that tables look it up by, also without a section', () => {
  const run = (value: number) => ({
    bounds: [],
    results: [
      { section: '', name: 'loss', value },
      { section: '2.4', name: 'loss', value: 2 * value },
    ],
  });
  const names = spreadOf([run(1), run(2)]).map(({ name }) => name);
  assert.deepEqual(names, ['loss', '2.4 loss']);
});
