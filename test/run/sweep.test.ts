import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import type { Notebook } from '../../lib/jupyter/files/notebook';
import { parseParameters } from '../../lib/run/plan/parameters';
import { resultsCsv } from '../../lib/run/sweep/results-csv';
import type { TrialRecord } from '../../lib/run/sweep/run-trial';
import { sweep } from '../../lib/run/sweep/sweep';
import { parseSweepOptions } from '../../lib/run/sweep/sweep-options';
import { sweepTable } from '../../lib/run/sweep/sweep-table';
import { trialsOf } from '../../lib/run/sweep/trials';
import { fakeNotebook, TestWorkspace } from './workspace';

const bound = `event ${JSON.stringify({ kind: 'bound', name: 'accuracy', value: 0.9, atLeast: 0.5, holds: true })}`;
const declared = 'let lr = 0.1; let dropout = 0.2; let seed = 1; let layers: number[] = [];';
const cells = [{ code: declared, tags: ['parameters'] }, bound];

function sweeper(notebook: Notebook) {
  const workspace = new TestWorkspace({ cnn: notebook });
  const place = ['--folder', workspace.folder, '--out', workspace.out, '--quiet'];
  return {
    workspace,
    table: path.join(workspace.out, 'sweeps/cnn/results.csv'),
    run: (args: string, signal = new AbortController().signal) =>
      sweep(parseSweepOptions([...place, ...args.split(' ')]), signal),
  };
}

const lines = (file: string) => fs.readFileSync(file, 'utf8').trim().split('\n');

describe('trials', () => {
  const parameters = parseParameters(declared);

  test('are all combinations with all seeds, each once', () => {
    const grid = { lr: ['1e-3', '1e-2', '0.001'], dropout: ['0.3', '0.5'] };
    const trials = trialsOf(parameters, grid, [{ seed: 1 }, { seed: 2 }]);
    assert.equal(trials.length, 8);
    assert.deepEqual(trials[0]!.parameters, { seed: 1, lr: 0.001, dropout: 0.3 });
    assert.deepEqual(trials[7]!.parameters, { seed: 2, lr: 0.01, dropout: 0.5 });
    assert.equal(new Set(trials.map(({ id }) => id)).size, 8);
  });

  test('with unknown names and wrong types are errors', () => {
    assert.throws(() => trialsOf(parameters, { rate: ['1'] }, [{}]), { code: 'parameter' });
    assert.throws(() => trialsOf(parameters, { lr: ['much'] }, [{}]), { code: 'parameter' });
  });
});

test('the command line', () => {
  const options = parseSweepOptions(
    'cnn --grid lr=1,2 --grid=layers=[1,2];[3] --retries 2 --seeds 3 -p dropout=0.1'.split(' '),
  );
  assert.deepEqual(options.grid, { lr: ['1', '2'], layers: ['[1,2]', '[3]'] });
  assert.deepEqual([options.retries, options.seeds, options.notebooks], [2, 3, ['cnn']]);
  assert.deepEqual(options.parameters, { dropout: '0.1' });
  for (const args of [['a', 'b'], [], ['a', '--grid'], ['a', '--retries', '-1']]) {
    assert.throws(() => parseSweepOptions(args), { code: 'usage' }, args.join(' '));
  }
});

test('results as CSV: parameters, metrics, and status', () => {
  const record = (id: string, more: object): TrialRecord =>
    ({
      id,
      attempts: 1,
      run: { parameters: {}, bounds: [], results: [], status: 'passed', seconds: 1, ...more },
    }) as never;
  const csv = resultsCsv([
    record('a', { parameters: { lr: 0.1, layers: [1, 2] }, bounds: [{ name: 'acc', value: 0.9 }] }),
    record('b', { status: 'failed', failure: { message: 'he said "no"\nand left' } }),
  ]);
  assert.equal(
    csv,
    `trial,lr,layers,acc,status,seconds,attempts,failure
a,0.1,"[1,2]",0.9,passed,1,1,
b,,,,failed,1,1,"he said ""no"""
`,
  );
});

describe('a sweep on this machine', () => {
  test('runs every trial, and continues where it stopped', async () => {
    const { run, table } = sweeper(fakeNotebook(cells));
    const first = await run('cnn --grid lr=0.1,0.2 --seeds 2 --jobs 2');
    assert.deepEqual([first.records.length, first.missing], [4, 0]);
    assert.equal(lines(table).length, 5);
    assert.match(lines(table)[1]!, /,0\.1,0\.2,1,\[\],0\.9,passed,/);
    const began = first.records.map(({ run: { startedAt } }) => startedAt);
    // Two more; the four are not repeated.
    const second = await run('cnn --grid lr=0.1,0.2,0.3 --seeds 2');
    assert.equal(second.records.length, 6);
    assert.deepEqual(
      second.records.slice(0, 4).map(({ run: { startedAt } }) => startedAt),
      began,
    );
    assert.match(sweepTable(second.records, ['lr']), /0\.3\s+0\.9 \[0\.9 … 0\.9\]\s+2/);
  });

  test('an interrupt keeps the trials that are done', async () => {
    const slow = fakeNotebook([...cells, 'wait 700']);
    const { run } = sweeper(slow);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 2500);
    const first = await run('cnn --grid lr=1,2,3,4,5,6,7,8', controller.signal);
    assert.ok(first.missing > 0 && first.records.length > 0, String(first.missing));
    const next = await run('cnn --grid lr=1,2,3,4,5,6,7,8 --jobs 4');
    assert.deepEqual([next.records.length, next.missing], [8, 0]);
  });

  test('a trial whose kernel dies is retried, then reported', async () => {
    const { run } = sweeper(fakeNotebook([cells[0]!, 'die']));
    const { records } = await run('cnn --grid lr=1 --retries 2');
    assert.deepEqual([records[0]!.attempts, records[0]!.run.status], [3, 'failed']);
  });

  test('an error in a cell is not retried', async () => {
    const { run } = sweeper(fakeNotebook([cells[0]!, 'throw boo']));
    const { records } = await run('cnn --grid lr=1 --retries 2');
    assert.equal(records[0]!.attempts, 1);
  });
});
