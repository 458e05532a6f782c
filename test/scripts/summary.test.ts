import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sortTests } from '../../scripts/test/files.mjs';
import { addSummaries, readSummary } from '../../scripts/test/summary.mjs';

const output = `✔ one (1.5ms)
ℹ tests 3
ℹ suites 1
ℹ pass 2
ℹ fail 0
ℹ cancelled 0
ℹ skipped 1
ℹ todo 0
ℹ duration_ms 1200.5
`;

describe('the summary of all tests', () => {
  it('adds up runs in the form of the runner', () => {
    const counts = readSummary(output);
    assert.equal(counts.get('skipped'), 1);
    const sum = addSummaries([counts, counts]);
    assert.deepEqual(sum.split('\n'), [
      'ℹ tests 6',
      'ℹ suites 2',
      'ℹ pass 4',
      'ℹ fail 0',
      'ℹ cancelled 0',
      'ℹ skipped 2',
      'ℹ todo 0',
      'ℹ duration_ms 2401',
    ]);
  });

  it('is empty for a runner that died', () => {
    assert.equal(readSummary('Segmentation fault').size, 0);
  });
});

describe('test files', () => {
  it('are each in one run', () => {
    const files = ['test/data/a.test.ts', 'test/cam/x/b.test.ts', 'test/browser/c.test.ts'];
    assert.deepEqual(sortTests(files), {
      covered: ['test/data/a.test.ts'],
      others: ['test/cam/x/b.test.ts'],
      browser: ['test/browser/c.test.ts'],
    });
  });
});
