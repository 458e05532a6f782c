import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { parseOptions } from '../../lib/run/plan/options';
import { comparisonTable } from '../../lib/run/site/comparison-table';
import { compareRuns, readEarlier } from '../../lib/run/summary/compare';
import { resultTables } from '../../lib/run/summary/result-table';
import type { Summary } from '../../lib/run/summary/summary';
import { summaryMarkdown } from '../../lib/run/summary/summary-markdown';
import { folderOf } from './notebooks';
import { summaryOf } from './summaries';

const then = summaryOf({
  a: [
    ['2.4', 'test accuracy', 0.9],
    ['2.4', 'loss', 0.5],
    ['2.4', 'recall', 0.7],
  ],
  b: [['1', 'x', 1]],
});
const now = summaryOf({
  a: [
    ['2.4', 'test accuracy', 0.95],
    ['2.4', 'loss', 0.2],
    ['2.4', 'precision', 0.8],
  ],
  c: [['1', 'y', 1]],
});
now.notebooks[0]!.bounds = [
  { name: 'test accuracy', value: 0.95, atLeast: 0.5, holds: true },
  { name: 'difference', value: 0, atMost: 1, holds: true },
];
then.notebooks[0]!.bounds = [{ name: 'difference', value: 0, atMost: 1, holds: true }];

describe('--compare', () => {
  test('lists what moved, the greatest change first, for notebooks of both runs', () => {
    const found = compareRuns(now.notebooks, then, 'before');
    assert.deepEqual(
      found.moved.map(({ name, before, now }) => [name, before, now]),
      [
        ['2.4 loss', 0.5, 0.2],
        ['2.4 test accuracy', 0.9, 0.95],
      ],
    );
    assert.deepEqual(
      [found.same, found.added, found.gone],
      [1, ['a: 2.4 precision'], ['a: 2.4 recall']],
    );
  });

  test('is told in the terminal, in summary.md and on the first page', () => {
    const summary: Summary = { ...now, compared: compareRuns(now.notebooks, then, 'before') };
    assert.match(resultTables(summary, 120), /compared with before: 2 moved, 1 the same/);
    assert.match(resultTables(summary, 120), /a +2\.4 test accuracy +0\.9 +0\.95 +\+0\.05/);
    assert.match(summaryMarkdown(summary), /\| a \| 2\.4 loss \| 0\.5 \| 0\.2 \| -0\.3 \|/);
    const page = comparisonTable(summary);
    assert.match(
      page,
      /2\.4 test accuracy<\/td><td class="whole">0\.9<\/td>\s*<td class="whole">0\.95<\/td><td class="whole">▲ \+0\.05/,
    );
    assert.equal(comparisonTable(now), '');
  });

  test('with nothing moved says so', () => {
    const compared = compareRuns(then.notebooks, then, 'before');
    assert.deepEqual([compared.moved, compared.same], [[], 5]);
    assert.match(
      resultTables({ ...then, compared }, 120),
      /compared with before: 0 moved, 5 the same$/,
    );
  });

  test('reads the reports of the earlier run, or says why it cannot', () => {
    const folder = folderOf({});
    assert.throws(() => readEarlier(folder), {
      code: 'usage',
      message: /there is no .*summary\.json/,
    });
    const file = path.join(folder, 'summary.json');
    fs.writeFileSync(file, '{"version": 1}');
    assert.throws(() => readEarlier(folder), { code: 'usage', message: /holds no notebooks/ });
    fs.writeFileSync(file, '{');
    assert.throws(() => readEarlier(folder), {
      code: 'usage',
      message: /is not the summary of a run/,
    });
    fs.writeFileSync(file, JSON.stringify(then));
    assert.equal(readEarlier(folder).notebooks.length, 2);
    assert.equal(readEarlier(file).profile, 'quick');
    assert.equal(parseOptions(['--compare', folder]).compare, folder);
  });
});
