import * as assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findKernelSpec } from '../../lib/jupyter';
import { executeNotebook } from '../../lib/run/execute/execute-notebook';
import type { NotebookRun } from '../../lib/run/record';
import { notebookOf } from './notebooks';

// Faults in cells, each in a separate notebook in the workspace's kernel: none may pass.

const spec = findKernelSpec('gradbook');
const metric = "import { reportMetric } from './lib/notebook';";
const later = (code: string) => `setTimeout(() => { ${code} }, 150); 'done'`;

/** The cells, and a pattern of the failure: its kind, or a part of its message. */
const faults: Record<string, [cells: string[], said: RegExp]> = {
  'a thrown error': [['throw new Error("boo");'], /boo/],
  'an error in the middle, followed by correct cells': [['1', 'null!.x', '2'], /TypeError|TS\d+/],
  'a thrown string': [['throw "text";'], /text/],
  'a thrown undefined': [['throw undefined;'], /undefined/],
  'an error whose message cannot be read': [
    ['throw Object.defineProperty(new Error(), "message", { get() { throw 1; } });'],
    /./,
  ],
  'an error in an error: cause': [['throw new Error("a", { cause: new Error("b") });'], /a/],
  'a rejected promise that is awaited': [['await Promise.reject(new Error("no"));'], /no/],
  'a forgotten await: the promise rejects at once': [
    ['Promise.reject(new Error("forgotten")); 1'],
    /forgotten/,
  ],
  'a forgotten await in the last cell: it rejects later': [
    [
      `(async () => { await new Promise((f) => setTimeout(f, 150)); throw new Error('late'); })(); 1`,
    ],
    /late/,
  ],
  'a forgotten await in the first of three cells': [
    [
      `(async () => { await new Promise((f) => setTimeout(f, 50)); throw new Error('early'); })(); 1`,
      'await new Promise((f) => setTimeout(f, 300));',
      '3',
    ],
    /early/,
  ],
  'a rejection with no error': [['Promise.reject(7); 1'], /7/],
  'Promise.any, all rejected': [
    ['await Promise.any([Promise.reject(new Error("x")), Promise.reject(new Error("y"))]);'],
    /AggregateError|All promises/,
  ],
  'a timer that throws after the last cell': [[later("throw new Error('timer')")], /timer/],
  'an interval that throws': [
    [`const t = setInterval(() => { clearInterval(t); throw new Error('tick'); }, 100); 1`],
    /tick/,
  ],
  'setImmediate that throws': [['setImmediate(() => { throw new Error("soon"); }); 1'], /soon/],
  'a microtask that throws': [['queueMicrotask(() => { throw new Error("micro"); }); 1'], /micro/],
  'nextTick that throws': [['process.nextTick(() => { throw new Error("tick"); }); 1'], /tick/],
  'an event without a listener: error': [
    [`new (require('node:events').EventEmitter)().emit('error', new Error('event'));`],
    /event/,
  ],
  'a stream of a missing file': [
    [`require('node:fs').createReadStream('/no/such/file'); 1`],
    /ENOENT/,
  ],
  'a worker thread that throws': [
    [`new (require('node:worker_threads').Worker)('throw new Error("worker")', { eval: true }); 1`],
    /worker/,
  ],
  'a child process that fails': [
    [`require('node:child_process').execSync('exit 3', { stdio: 'ignore' });`],
    /exit 3/,
  ],
  'handlers that swallow: uncaughtException': [
    [
      `process.removeAllListeners('uncaughtException'); process.on('uncaughtException', () => {});
${later("throw new Error('swallowed')")}`,
    ],
    /swallowed/,
  ],
  'handlers that swallow: unhandledRejection': [
    [
      `process.removeAllListeners('unhandledRejection'); process.on('unhandledRejection', () => {});
Promise.reject(new Error('swallowed')); 1`,
    ],
    /swallowed/,
  ],
  'process.exit(0)': [['1', 'process.exit(0);', '3'], /process\.exit\(0\)/],
  'process.exit in try': [['try { process.exit(2); } catch {}'], /process\.exit\(2\)/],
  'process.exit after the last cell': [[later('process.exit(0);')], /process\.exit\(0\)/],
  'process.abort': [['process.abort();'], /SIGABRT|died|ended/],
  'a kernel that is killed': [['process.kill(process.pid, "SIGKILL");'], /SIGKILL|died|ended/],
  'a kernel that is killed after its last cell': [
    [later('process.kill(process.pid, "SIGKILL");')],
    /SIGKILL|died|ended/,
  ],
  'an endless loop': [['while (true) {}'], /took more than/],
  'a promise that never settles': [['await new Promise(() => {});'], /took more than/],
  'infinite recursion': [['const f = (n: number): number => f(n + 1) + 1; f(0)'], /call stack/],
  'standard input': [['require("node:fs").readFileSync(0);'], /input/],
  'a syntax error': [['const = 3;'], /TS1134|expected/i],
  'a type error': [['const n: number = "text";'], /TS2322|not assignable/],
  'an undeclared name': [['nowhere + 1'], /nowhere/],
  'a missing module': [['import * as x from "no-such-module"; x'], /no-such-module/],
  'a magic of IPython': [['%matplotlib inline'], /magics/],
  'a bound that is missed': [
    [`${metric} reportMetric('a', 0.1, { atLeast: 0.5 });`],
    /a is 0\.1|0\.5/,
  ],
  'a bound on NaN': [[`${metric} reportMetric('a', NaN, { atLeast: 0.5 });`], /bound-missed/],
  'a bound missed first and held later, under one name': [
    [
      `${metric} reportMetric('a', 0.1, { atLeast: 0.5 });`,
      `reportMetric('a', 0.9, { atLeast: 0.5 });`,
    ],
    /a|0\.5/,
  ],
  'a bound that every value satisfies': [
    [`${metric} reportMetric('a', 0.9, { atLeast: -Infinity });`],
    /./,
  ],
  'a bound missed in a cell whose error is expected': [
    [`${metric} try { reportMetric('a', 0.1, { atLeast: 0.5 }); } catch {}`],
    /./,
  ],
};

/** Cells that resemble faults but must pass. */
const sound: Record<string, string[]> = {
  'a caught error': ['try { throw new Error("boo"); } catch {}\n1'],
  'a rejection that is handled later': [
    'const p = Promise.reject(new Error("x")); p.catch(() => {}); 1',
  ],
  'a timer without an error': [later('1;')],
  'a bound that holds': [`${metric} reportMetric('a', 0.9, { atLeast: 0.5 });`],
  'output of a child process': [
    `require('node:child_process').execSync('echo ok; echo not ok >&2', { stdio: 'inherit' }); 1`,
  ],
};

/** Time limits in seconds: of endless cells, and of the others on a busy machine. */
const patience = { endless: 8, otherwise: 120 };

function run(cells: readonly string[]): Promise<NotebookRun> {
  const isEndless = /while \(true\)|new Promise\(\(\) => \{\}\)/.test(cells.join());
  const cellTimeout = isEndless ? patience.endless : patience.otherwise;
  return executeNotebook(notebookOf(cells), { name: 'test', spec, parameters: {}, cellTimeout });
}

const told = ({ failure, cells, ...rest }: NotebookRun): string =>
  JSON.stringify([failure, cells, rest]);

describe('no fault passes', { concurrency: 3 }, () => {
  for (const [name, [cells, said]] of Object.entries(faults)) {
    test(name, async () => {
      const result = await run(cells);
      assert.notEqual(result.status, 'passed', told(result));
      assert.match(told(result), said);
    });
  }
});

describe('correct notebooks pass', { concurrency: 3 }, () => {
  for (const [name, cells] of Object.entries(sound)) {
    test(name, async () => {
      const result = await run(cells);
      assert.equal(result.status, 'passed', told(result));
    });
  }
});
