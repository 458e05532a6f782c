import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../lib/run/is-alive';
import { removeLeftovers } from '../../lib/run/leftovers';
import { exitCode } from '../../lib/run/summary/summary';
import { inWorkspace, Random } from '../../lib/runtime';
import { execute } from './fake';
import { fakeNotebook, homeWithFakeKernel, TestWorkspace } from './workspace';

test('a kernel killed at ten random points is reported each time, with its cell', async () => {
  const random = new Random(7);
  for (let i = 0; i < 10; i++) {
    const cell = random.integer(1, 5);
    const wait = random.integer(0, 60);
    const cells = Array.from({ length: 4 }, (_, index) =>
      index + 1 === cell ? `print here;wait ${wait};die` : 'print fine',
    );
    const { run } = await execute(cells);
    assert.deepEqual([run.failure?.kind, run.failure?.cell], ['kernel-died', cell]);
    assert.equal(run.cells.filter(({ status }) => status === 'ok').length, cell - 1);
  }
});

test('1,000 cells', async () => {
  const cells = Array.from({ length: 1000 }, (_, index) => `print ${index}`);
  const { run, notebook } = await execute(cells);
  assert.equal(run.status, 'passed');
  assert.equal(notebook.cells[999]!.execution_count, 1000);
});

test('an output of 50 MB is left out, with a mark, and the run is green', async () => {
  const { run, notebook } = await execute(['big text/html 50000000;print on']);
  assert.equal(run.status, 'passed');
  const [big] = notebook.cells[0]!.outputs!;
  assert.ok(big?.output_type === 'display_data');
  assert.match(String(big.data['text/plain']), /left out: text\/html of 50\.0 MB/);
  assert.equal(big.data['text/html'], undefined);
});

test('a full disk ends the run with exit code 4 and keeps what was written', async (t) => {
  const workspace = new TestWorkspace({
    a: fakeNotebook(['print a']),
    b: fakeNotebook(['flood 1 900000']),
    c: fakeNotebook(['print c']),
  });
  fs.mkdirSync(workspace.out);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', workspace.out]);
  if (mounted.status !== 0) {
    t.skip('mounting needs privileges');
    return;
  }
  try {
    const summary = await workspace.report();
    assert.equal(exitCode(summary), 4);
    assert.deepEqual(
      summary.notebooks.map(({ status, failure }) => [status, failure?.kind]),
      [
        ['passed', undefined],
        ['failed', 'output-write'],
        ['passed', undefined],
      ],
    );
    assert.match(summary.notebooks[1]!.failure!.message, /ENOSPC/);
    assert.match(workspace.read('a.ipynb'), /"a\\n"/);
    assert.ok(!fs.readdirSync(workspace.out).some((file) => file.endsWith('.tmp')));
  } finally {
    spawnSync('umount', [workspace.out]);
  }
});

test('a read-only output folder is an error before the work', async (t) => {
  const workspace = new TestWorkspace({ a: fakeNotebook(['print a']) });
  fs.mkdirSync(workspace.out);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', workspace.out]);
  if (mounted.status !== 0) {
    t.skip('mounting needs privileges');
    return;
  }
  try {
    await assert.rejects(workspace.report(), { code: 'output-write', message: /EROFS.*--out/ });
    assert.deepEqual(workspace.events, []);
  } finally {
    spawnSync('umount', [workspace.out]);
  }
});

describe('the command', () => {
  const script = inWorkspace('scripts/report.ts');
  const command = (workspace: TestWorkspace, ...args: string[]) => [
    ...['--import', 'tsx', script, '--folder', workspace.folder, '--out', workspace.out],
    ...['--no-html', '--force', '--jobs', '1', ...args],
  ];
  const env = () => ({ ...process.env, HOME: homeWithFakeKernel() });

  function run(workspace: TestWorkspace, ...args: string[]) {
    const options = { env: env(), cwd: inWorkspace(), encoding: 'utf8' } as const;
    return spawnSync(process.execPath, command(workspace, ...args), options);
  }

  function start(workspace: TestWorkspace): ChildProcess {
    return spawn(process.execPath, command(workspace), {
      env: env(),
      cwd: inWorkspace(),
      stdio: 'ignore',
    });
  }

  async function until(what: () => boolean): Promise<void> {
    for (let i = 0; i < 600 && !what(); i++) await sleep(50);
    assert.ok(what());
  }

  test('has the exit codes of --help', () => {
    const bound = { kind: 'bound', name: 'x', value: 1, atLeast: 2, holds: false };
    const workspace = new TestWorkspace({
      good: fakeNotebook(['print fine']),
      bad: fakeNotebook(['throw boo']),
      missed: fakeNotebook([`event ${JSON.stringify(bound)}`]),
    });
    assert.equal(run(workspace, 'good').status, 0);
    assert.equal(run(workspace, 'bad').status, 1);
    assert.equal(run(workspace, 'missed').status, 2);
    const wrong = run(workspace, 'other');
    assert.equal(wrong.status, 3);
    assert.match(wrong.stderr, /^report: notebook "other" is unknown; there are bad, good, missed/);
    fs.rmSync(workspace.out, { recursive: true });
    fs.writeFileSync(workspace.out, '');
    assert.equal(run(workspace, 'good').status, 4);
    assert.match(run(workspace, '--help').stdout, /Exit codes: 0 all passed/);
    assert.match(run(workspace, 'good', '--help').stdout, /declares no parameters/);
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const) {
    test(`${signal} leaves no kernel and no half-written file`, async () => {
      const pidFile = path.join(homeWithFakeKernel(), 'pid');
      const workspace = new TestWorkspace({
        a: fakeNotebook(['print a']),
        b: fakeNotebook([`pid ${pidFile};forever`]),
      });
      const child = start(workspace);
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await until(() => fs.existsSync(pidFile) && fs.readFileSync(pidFile, 'utf8') !== '');
      const kernel = Number(fs.readFileSync(pidFile, 'utf8'));
      assert.ok(isAlive(kernel));
      child.kill(signal);
      assert.equal(await exited, code);
      await until(() => !isAlive(kernel));
      removeLeftovers();
      const left = fs.readdirSync(os.tmpdir()).filter((name) => name.includes(`-${child.pid}-`));
      assert.deepEqual(left, []);
      // Finished results are complete.
      assert.match(workspace.read('a.ipynb'), /"a\\n"/);
      const summary = JSON.parse(workspace.read('summary.json'));
      assert.deepEqual(summary.missing, ['b']);
    });
  }
});
