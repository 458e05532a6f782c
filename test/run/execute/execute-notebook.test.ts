import assert from 'node:assert/strict';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import type { Message } from '../../../lib/jupyter';
import type { Output } from '../../../lib/jupyter/files/notebook';
import { eventMime } from '../../../lib/notebook/events';
import { Events } from '../../../lib/run/execute/events';
import { temporaryFolder } from '../../temporary-folder';
import { execute, fakeSpec } from '../fake';

const text = (outputs: readonly Output[] | undefined): string =>
  (outputs ?? [])
    .map((output) => {
      if (output.output_type === 'stream') return output.text;
      return output.output_type === 'error' ? output.evalue : String(output.data['text/plain']);
    })
    .join('|');

describe('a notebook that passes', () => {
  test('passes, with counts, seconds, tensors and outputs', async () => {
    const { run, notebook } = await execute(['print one', 'print two; warn three']);
    assert.equal(run.status, 'passed');
    assert.equal(run.failure, null);
    assert.deepEqual(
      run.cells.map(({ cell, status, tensors }) => [cell, status, tensors]),
      [
        [1, 'ok', 1],
        [2, 'ok', 2],
      ],
    );
    assert.deepEqual(
      notebook.cells.map((cell) => [cell.execution_count, text(cell.outputs)]),
      [
        [1, 'one\n'],
        [2, 'two\n|three\n'],
      ],
    );
  });

  test('may expect an error in a tagged cell', async () => {
    const { run } = await execute([{ code: 'throw boo', tags: ['raises-exception'] }, 'print on']);
    assert.equal(run.status, 'passed');
  });

  test('skips empty cells and those tagged skip-execution', async () => {
    const { run } = await execute(['', { code: 'throw boo', tags: ['skip-execution'] }, 'print x']);
    assert.equal(run.status, 'passed');
  });

  test('updates a display of an earlier cell', async () => {
    const { notebook } = await execute(['show bar 10%', 'update bar 100%; print done']);
    assert.equal(text(notebook.cells[0]!.outputs), '100%');
    assert.equal(text(notebook.cells[1]!.outputs), 'done\n');
  });

  test('records bounds and metrics: all events count, equal names are numbered', async () => {
    const event = (value: object) => `event ${JSON.stringify(value)}`;
    const bound = (value: number, name = 'accuracy') =>
      event({ kind: 'bound', name, value, atLeast: 0.5, holds: value >= 0.5 });
    const loss = (value: number) => event({ kind: 'result', section: '2.4', name: 'loss', value });
    // A later value that holds does not hide an earlier miss.
    const { run } = await execute([`${bound(0.1)};${bound(0.9)}`, bound(0.8, 'recall'), loss(0.1)]);
    assert.equal(run.status, 'bound-missed');
    assert.deepEqual(
      run.bounds.map(({ name, value, holds }) => [name, value, holds]),
      [
        ['accuracy (1)', 0.1, false],
        ['accuracy (2)', 0.9, true],
        ['recall', 0.8, true],
      ],
    );
    assert.deepEqual(run.results, [{ section: '2.4', name: 'loss', value: 0.1 }]);
    // A name that exists already is skipped.
    const names = ['a', 'a (1)', 'a'].map((name) => bound(0.9, name));
    const others = await execute([...names, loss(0.1), loss(0.2)]);
    assert.equal(others.run.status, 'passed');
    assert.deepEqual(
      [...others.run.bounds, ...others.run.results].map(({ name }) => name),
      ['a (2)', 'a (1)', 'a (3)', 'loss (1)', 'loss (2)'],
    );
  });

  test('an updated display replaces the statement that it made before', () => {
    const events = new Events();
    const show = (msg_type: string, value: number) =>
      events.take({
        header: { msg_type },
        content: {
          transient: { display_id: 'one' },
          data: { [eventMime]: { kind: 'bound', name: 'a', value, atLeast: 0.5, holds: true } },
        },
      } as unknown as Message);
    show('display_data', 0.6);
    show('update_display_data', 0.4);
    assert.deepEqual(events.allBounds(), [{ name: 'a', value: 0.4, atLeast: 0.5, holds: false }]);
  });
});

describe('a notebook that fails', () => {
  test('a cell that fails ends it; the rest never ran', async () => {
    const { run } = await execute(['print one', 'print before;throw no such thing', 'print three']);
    assert.equal(run.status, 'failed');
    const { kind, cell, cellId, message, line, output } = run.failure!;
    assert.deepEqual([kind, cell, cellId, line], ['cell-failed', 2, 'cell-2', 2]);
    assert.equal(message, 'TypeError: no such thing');
    assert.equal(output, 'before');
    assert.deepEqual(
      run.cells.map(({ status }) => status),
      ['ok', 'failed', 'not-run'],
    );
  });

  test('a reply of "error" without an error message', async () => {
    const { run } = await execute(['warn 3:7 - Cannot find name x; fail']);
    assert.equal(run.failure?.kind, 'cell-failed');
    assert.match(run.failure!.message, /Cannot find name x/);
  });

  test('a cell that was aborted', async () => {
    const { run } = await execute(['abort']);
    assert.equal(run.failure?.kind, 'cell-aborted');
  });

  test("an unhandled rejection, reported after the cell's reply", async () => {
    const { run } = await execute(['late 50 lost', 'wait 300']);
    assert.equal(run.failure?.kind, 'unhandled-rejection');
    assert.deepEqual([run.failure?.cell, run.failure?.message], [1, 'Error: lost']);
  });

  test('a rejection after the last cell', async () => {
    const { run } = await execute(['late 10 lost']);
    assert.equal(run.failure?.kind, 'unhandled-rejection');
  });

  test('plain tslab prints it instead', async () => {
    const { run } = await execute(['warn UnhandledPromiseRejection: Error: lost']);
    assert.equal(run.failure?.kind, 'unhandled-rejection');
  });

  test('a kernel that is killed', async () => {
    const { run } = await execute(['print final output;wait 50;die', 'print never']);
    assert.equal(run.failure?.kind, 'kernel-died');
    assert.match(run.failure!.message, /killed by SIGKILL/);
    assert.equal(run.failure!.output, 'final output');
  });

  test('a kernel that exits', async () => {
    const { run } = await execute(['exit 7']);
    assert.match(run.failure!.message, /ended with exit code 7/);
  });

  test('a cell that takes too long', async () => {
    const { run } = await execute(['print begun;wait 60000'], { cellTimeout: 0.5 });
    assert.equal(run.failure?.kind, 'cell-timeout');
    assert.equal(run.failure!.output, 'begun');
  });

  test('a cell with its own timeout', async () => {
    const cell = { code: 'wait 60000', metadata: { gradbook: { timeout: 0.3 } } };
    const { run } = await execute([cell]);
    assert.equal(run.failure?.kind, 'cell-timeout');
  });

  test('a notebook that takes too long', async () => {
    const { run } = await execute(['wait 200', 'wait 60000'], { timeout: 2, cellTimeout: 60 });
    assert.equal(run.failure?.kind, 'notebook-timeout');
    assert.match(run.failure!.message, /more than 2 s/);
  });

  test('a cell without output for too long', async () => {
    const { run } = await execute(['wait 100;print still here;wait 60000'], { silence: 0.4 });
    assert.equal(run.failure?.kind, 'silence');
  });

  test('a bound that is missed, or not a number', async () => {
    const bound = { kind: 'bound', name: 'accuracy', value: 0.5, atLeast: 0.9 };
    for (const lie of [
      { ...bound, holds: true },
      { ...bound, value: null, holds: true },
    ]) {
      const { run } = await execute([`event ${JSON.stringify(lie)}`, 'print on']);
      assert.equal(run.status, 'bound-missed');
      assert.equal(run.bounds[0]!.holds, false);
    }
  });

  test('an interrupt ends it and keeps what was printed', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1500);
    const { run, notebook } = await execute(['print kept;wait 60000', 'print never'], {
      signal: controller.signal,
    });
    assert.equal(run.status, 'interrupted');
    assert.equal(text(notebook.cells[0]!.outputs), 'kept\n');
    assert.deepEqual(
      run.cells.map(({ status }) => status),
      ['interrupted', 'not-run'],
    );
  });
});

describe('the kernel', () => {
  test('that exits at once is retried, then fails with its output', async () => {
    const reasons: string[] = [];
    const { run } = await execute(['print x'], {
      spec: fakeSpec('exits'),
      watch: { onRetry: (reason) => reasons.push(reason) },
    });
    assert.equal(run.failure?.kind, 'kernel-start');
    assert.match(run.failure!.message, /exit code 3.*\n.*no engine here/);
    assert.equal(reasons.length, 2);
    assert.equal(run.cells[0]!.status, 'not-run');
  });

  test('that fails once is started again', async () => {
    const mark = path.join(temporaryFolder(), 'mark');
    const { run } = await execute(['print x'], { spec: fakeSpec('flaky', mark) });
    assert.equal(run.status, 'passed');
  });

  test('that never listens times out', async () => {
    const { run } = await execute(['print x'], {
      spec: fakeSpec('silent'),
      kernel: { startTimeout: 0.5, attempts: 2 },
    });
    assert.match(run.failure!.message, /no reply in 0.5 s/);
  });

  test('that ignores requests to end is killed', async () => {
    const { run } = await execute(['print x'], { spec: fakeSpec('stubborn') });
    assert.equal(run.status, 'passed');
  });
});

describe('much output', () => {
  test('100 MB printed leave the beginning, the end and a mark', async () => {
    const { run, notebook } = await execute(['print first;flood 100 1000000;print last']);
    assert.equal(run.status, 'passed');
    const printed = text(notebook.cells[0]!.outputs);
    assert.ok(printed.length < 1_100_000);
    assert.match(printed, /^first\n/);
    assert.match(printed, /characters left out/);
    assert.match(printed, /last\n$/);
  });
});
