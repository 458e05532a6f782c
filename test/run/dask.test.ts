import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweep } from '../../lib/run/sweep/sweep';
import { parseSweepOptions } from '../../lib/run/sweep/sweep-options';
import { fakeNotebook, TestWorkspace } from './workspace';

// A Python with `distributed`, such as that of a virtual environment: then a real scheduler and
// two workers run on the loopback.
const python = process.env['GRADBOOK_DASK_PYTHON'];
const skip = python ? false : 'set GRADBOOK_DASK_PYTHON to a Python that has "distributed"';
const processes: ChildProcess[] = [];
after(() => {
  for (const one of processes) one.kill('SIGKILL');
});

function start(...args: string[]): ChildProcess {
  const child = spawn(python!, ['-m', ...args], { stdio: 'ignore', cwd: os.tmpdir() });
  processes.push(child);
  return child;
}

test('a sweep on a cluster of two workers, one of them killed', { skip }, async () => {
  const notebook = fakeNotebook([
    { code: 'let lr = 0.1;', tags: ['parameters'] },
    'wait 1500',
    `event ${JSON.stringify({ kind: 'bound', name: 'accuracy', value: 0.9, atLeast: 0.5, holds: true })}`,
  ]);
  // In its home folder the workers find the test's kernel too.
  const workspace = new TestWorkspace({ cnn: notebook });
  const file = path.join(workspace.folder, 'scheduler.json');
  const local = ['--host', '127.0.0.1'];
  start(
    'distributed.cli.dask_scheduler',
    ...local,
    '--port',
    '0',
    '--scheduler-file',
    file,
    '--no-dashboard',
  );
  for (let i = 0; i < 300 && !fs.existsSync(file); i++) await sleep(100);
  const { address } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const worker = () =>
    start(
      'distributed.cli.dask_worker',
      address,
      ...local,
      '--nthreads',
      '1',
      '--no-nanny',
      '--no-dashboard',
    );
  const [doomed] = [worker(), worker()];
  await sleep(5000);

  const place = ['--folder', workspace.folder, '--out', workspace.out, '--quiet'];
  const options = parseSweepOptions([
    ...place,
    ...['cnn', '--grid', 'lr=1,2,3,4,5,6', '--scheduler', address, '--python', python!],
  ]);
  const table = path.join(workspace.out, 'sweeps/cnn/results.csv');
  const rows = () =>
    fs.existsSync(table) ? fs.readFileSync(table, 'utf8').trim().split('\n') : [];
  const killer = setInterval(() => {
    // When the first results are in the table.
    if (rows().length > 2) doomed.kill('SIGKILL');
  }, 200);
  const result = await sweep(options, new AbortController().signal);
  clearInterval(killer);
  assert.ok(doomed.killed);
  assert.deepEqual([result.records.length, result.missing], [6, 0]);
  assert.ok(result.records.every(({ run }) => run.status === 'passed'));
  assert.equal(rows().length, 7);
});
