import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricSpreads, spreadMarkdown, spreadRows } from '../../../lib/run/seeds/metric-spread';

const run = (seed: number, accuracy: number, difference: number) => ({
  ...{ seed, machine: 'as-is' },
  summary: {
    notebooks: [
      {
        name: '02-cnn',
        metrics: [
          { section: '2.3', name: 'best', value: accuracy / 2 },
          { section: '2.4', name: 'test accuracy', value: accuracy, paper: '99.5 %' },
        ],
        bounds: [
          { name: 'test accuracy', value: accuracy, atLeast: 0.985, holds: true },
          { name: 'difference', value: difference, atMost: 1e-4, holds: true },
        ],
      },
    ],
  } as never,
});

const runs = [run(1, 0.998, 1e-6), run(2, 0.99, 3e-6), run(3, 1, 2e-6)];

test('mean, worst and margin of each metric over the runs', () => {
  const [best, accuracy, difference] = metricSpreads(runs);
  assert.deepEqual([best!.worst, best!.margin], [0.495, null]);
  assert.deepEqual(accuracy!.values, [0.998, 0.99, 1]);
  assert.ok(Math.abs(accuracy!.mean - 0.996) < 1e-12);
  assert.equal(accuracy!.worst, 0.99);
  assert.ok(Math.abs(accuracy!.margin! - 0.005) < 1e-12);
  // With an upper bound alone the greatest value is the worst.
  assert.equal(difference!.worst, 3e-6);
});

test('a missed bound has a negative margin, a missing value stays missing', () => {
  const [, accuracy] = metricSpreads([...runs, run(4, 0.98, 0), run(5, Number.NaN, 0)]);
  assert.equal(accuracy!.values.length, 4);
  assert.ok(accuracy!.margin! < 0);
});

test('as a table and in Markdown', () => {
  const spreads = metricSpreads(runs);
  assert.deepEqual(spreadRows(spreads)[2], [
    ...['02-cnn', '2.4 test accuracy', '3', '0.996', '0.99', '≥ 0.985', '0.005', '99.5 %'],
  ]);
  assert.match(
    spreadMarkdown(spreads),
    /^\| notebook \| metric .*\n\|( --- \|){8}\n\| 02-cnn \| 2\.3 best/,
  );
});
