import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { findKernelSpec } from '../../lib/jupyter';
import { readNotebook } from '../../lib/jupyter/files/notebook';
import { executeNotebook } from '../../lib/run/execute/execute-notebook';
import { injectParameters } from '../../lib/run/plan/inject';
import { inWorkspace } from '../../lib/runtime';
import { folderOf } from '../run/notebooks';
import { summaryOf, type TestMetric } from '../run/summaries';

const spec = findKernelSpec('gradbook');

/** All text that 07-summary shows for a run with these metrics. */
async function shown(metrics: TestMetric[]): Promise<string> {
  const summaryFile = path.join(folderOf({}), 'summary.json');
  fs.writeFileSync(summaryFile, JSON.stringify(summaryOf({ a: metrics })));
  const own = readNotebook(inWorkspace('notebooks', '07-summary.ipynb'));
  const notebook = injectParameters(own, { summaryFile });
  const run = await executeNotebook(notebook, { name: 'test', spec, parameters: { summaryFile } });
  assert.equal(run.status, 'passed', JSON.stringify(run.failure));
  return notebook.cells
    .flatMap(({ outputs = [] }) => outputs)
    .map((output) => ('data' in output ? String(output.data['text/plain'] ?? '') : ''))
    .join('\n');
}

const metrics = (frozen: number, tuned: number, plain: number, callbacks: number): TestMetric[] => [
  ['1.3', 'test accuracy with callbacks', 0.27, 'about 30 %'],
  ['2.3', 'test accuracy without callbacks', plain, '83 %'],
  ['2.4', 'test accuracy with callbacks', callbacks, '99.5 %'],
  ['4.1.1', 'test accuracy, frozen', frozen, '0.9400'],
  ['4.1.2', 'test accuracy, fine-tuned', tuned, '0.9960'],
];

const line = (text: string, begin: string) =>
  text.split('\n').find((one) => one.includes(begin)) ?? '';

describe('07-summary', () => {
  test('concludes from the metrics of the run, whatever they are', async () => {
    const good = await shown(metrics(0.916, 0.988, 0.672, 1));
    const bad = await shown(metrics(0.655, 0.63, 0.9, 0.4));
    for (const name of [
      'fine-tuning beats the frozen',
      'callbacks raise the accuracy of the CNN',
    ]) {
      assert.match(line(good, name), / supports it/);
      assert.match(line(bad, name), /does not support it/);
    }
    // Several types were not run: nothing is concluded about them.
    for (const text of [good, bad]) assert.ok(!/finds more of several types|NaN/.test(text));
  });

  test('has nothing to say of a run without metrics', async () => {
    assert.match(await shown([]), /No results yet/);
  });
});
