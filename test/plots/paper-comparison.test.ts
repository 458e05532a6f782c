import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paperComparison } from '../../lib/plots';

test('a row for each metric that both have, in their order', () => {
  const figure = paperComparison([
    { section: '2.4', name: 'test accuracy with callbacks', value: 0.998, paper: '99.5 %' },
    { section: '3', name: "Keras's accuracy", value: 0.7, paper: '50 to 60 %' },
    { section: '4.3', name: 'change', value: -0.02, paper: 'significantly lower' },
    { section: '4.3', name: 'no share', value: 3, paper: '0.9' },
    { section: '4.1.2', name: 'accuracy gained by fine-tuning', value: 0.07, paper: '0.0560' },
  ]);
  const [paper, run] = figure.data as { x: (number | null)[]; y: string[] }[];
  assert.deepEqual(run!.y, ['2.4 test accuracy with callbacks', "3 Keras's accuracy"]);
  assert.deepEqual(run!.x, [0.998, 0.7]);
  assert.deepEqual(paper!.x, [0.995, 0.995, null, 0.5, 0.6, null]);
  assert.match(figure.alt ?? '', /2\.4 test accuracy with callbacks 0\.998, paper 99\.5 %/);
});

test('without a comparable metric there is nothing to draw', () => {
  const none = [{ section: '1', name: 'x', value: Number.NaN, paper: '0.5' }];
  assert.throws(() => paperComparison(none), { code: 'no-metrics' });
});
