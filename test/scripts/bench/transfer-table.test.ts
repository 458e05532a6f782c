import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compare, type Side } from '../../../scripts/bench/transfer-table';

const here: Side = {
  name: 'here',
  before: 10,
  phases: [
    { name: 'frozen', seconds: [1, 1, 1], accuracies: [0.5, 0.8, 0.9], test: 0.88 },
    { name: 'fine-tuned', seconds: [5, 5], accuracies: [0.9, 0.99], test: 0.98 },
  ],
};
const keras: Side = {
  name: 'there',
  before: 0,
  phases: [
    { name: 'frozen', seconds: [40, 40], accuracies: [0.7, 0.8], test: 0.79 },
    { name: 'fine-tuned', seconds: [60, 60], accuracies: [0.95, 0.999], test: 0.99 },
  ],
};

describe('compare', () => {
  it('counts the seconds until an accuracy that both reach, features and earlier phases included', () => {
    const { lines, comparisons } = compare(here, keras);
    assert.deepEqual(
      comparisons.map(({ timesFaster, ...rest }) => [rest, Number(timesFaster.toFixed(4))]),
      [
        [{ phase: 'frozen', accuracy: 0.8, here: 12, keras: 80 }, 6.6667],
        [{ phase: 'fine-tuned', accuracy: 0.99, here: 23, keras: 200 }, 8.6957],
      ],
    );
    assert.match(lines.join('\n'), /here: 23 s in all\n {2}features, once: 10\.0 s/);
  });
});
