import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Kernel } from '../../../lib/jupyter/client/kernel';
import { findKernelSpec } from '../../../lib/jupyter/client/kernel-spec';
import { executeNotebook } from '../../../lib/run/execute/execute-notebook';
import { isAlive } from '../../../lib/run/is-alive';
import type { NotebookRun } from '../../../lib/run/record';
import { notebookOf, type TestCell } from '../../run/notebooks';

// The runner with the workspace's own kernel: behaviour that the fake kernel of the other tests
// lacks.
const spec = findKernelSpec('gradbook');

async function run(cells: readonly TestCell[], cellTimeout = 120): Promise<NotebookRun> {
  return executeNotebook(notebookOf(cells), { name: 'x', spec, parameters: {}, cellTimeout });
}

describe('the TypeScript kernel', () => {
  test('reports events of lib/notebook, tensors and memory', async () => {
    const result = await run([
      "import { reportMetric } from './lib/notebook';\nimport { tf } from './lib/runtime';",
      "const kept = tf.zeros([2]);\nreportMetric('accuracy', 0.9, { atLeast: 0.8 });",
      "reportMetric('loss', 0.1, { section: '2.4', paper: '0.2' });",
    ]);
    assert.deepEqual([result.status, result.failure], ['passed', null]);
    assert.deepEqual(
      result.bounds.map(({ name, value, holds }) => [name, value, holds]),
      [['accuracy', 0.9, true]],
    );
    assert.equal(result.results[0]!.paper, '0.2');
    assert.equal(result.tensors, 1);
    assert.ok(process.platform !== 'linux' || result.peakMemory! > 50e6);
  });

  test('tells what was computed in', async () => {
    const cells = [
      "import { bfloat16Gain, withPrecision } from './lib/ops';\nbfloat16Gain();",
      "withPrecision('tf32', () => withPrecision('float32', () => 1));",
    ];
    assert.deepEqual((await run(cells)).precision, ['tf32', 'float32']);
    assert.deepEqual((await run(cells.slice(0, 1))).precision, [], 'a trial does not count');
  });

  const { header } = process.report.getReport() as { header: object };
  const skip = !('glibcVersionRuntime' in header) && 'needs glibc';
  test('memory of large tensors is used again', { skip }, async () => {
    const { failure, bounds } = await run([
      "import { predict, reportMetric, tf } from './lib';",
      // A feature map has 64 MiB a batch: 16,384 pages, which the system would zero each time.
      `const model = tf.sequential({ layers: [
  tf.layers.conv2d({ inputShape: [128, 128, 1], filters: 128, kernelSize: 1, activation: 'relu' }),
  tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
] });
const x = { values: new Float32Array(96 * 128 * 128), shape: [96, 128, 128, 1] };`,
      `await predict(model, x, { batchSize: 8 });
const before = process.resourceUsage().minorPageFault;
await predict(model, x, { batchSize: 8 });
reportMetric('pages a batch', (process.resourceUsage().minorPageFault - before) / 12, { atMost: 8192 });`,
    ]);
    assert.equal(failure, null);
    assert.ok(bounds[0]!.holds, `${bounds[0]!.value} new pages a batch`);
  });

  test('a type error has its line', async () => {
    const { failure } = await run([
      'const a = 1;',
      '// so\nconst b: number = "x";\nconsole.log(b);',
    ]);
    assert.deepEqual([failure?.kind, failure?.cell, failure?.line], ['cell-failed', 2, 2]);
    assert.equal(failure!.source, 'const b: number = "x";');
    assert.match(failure!.message, /not assignable to type 'number'/);
  });

  test('a thrown error has its line', async () => {
    const { failure } = await run(['\n\nthrow new RangeError("no " + 2);']);
    assert.deepEqual([failure?.cell, failure?.line], [1, 3]);
    assert.match(failure!.message, /RangeError: no 2/);
  });

  test('an error after the last cell fails the notebook', async () => {
    const later = (ms: number, what: string) => `setTimeout(() => { ${what} }, ${ms});`;
    const cases = [
      [
        "async function late() { await new Promise((r) => setTimeout(r, 100)); throw new Error('lost'); }\nlate();",
        'unhandled-rejection',
        /lost/,
      ],
      [later(200, "throw new RangeError('timer')"), 'unhandled-rejection', /timer/],
      [later(200, 'process.exit(3)'), 'unhandled-rejection', /process\.exit\(3\)/],
    ] as const;
    for (const [code, kind, message] of cases) {
      const { status, failure } = await run(['1;', code]);
      assert.deepEqual([status, failure?.kind], ['failed', kind], code);
      assert.match(failure!.message, message);
    }
  });

  test('what is still pending after the grace time is named, and the notebook passes', async () => {
    const pending: string[] = [];
    const cells = notebookOf(['setInterval(() => {}, 1e6);\nvoid 0;']);
    const watch = { onPending: (names: readonly string[]) => pending.push(...names) };
    const { status } = await executeNotebook(cells, { name: 'x', spec, parameters: {}, watch });
    assert.deepEqual([status, pending], ['passed', ['Timeout']]);
  });

  test('an unhandled rejection is a failure', async () => {
    const lost = 'void (async () => { throw new Error("lost"); })(); undefined';
    const { failure } = await run([lost, 'await new Promise((r) => setTimeout(r, 200));']);
    assert.match(failure!.message, /lost/);
    assert.equal(failure!.cell, 1);
  });

  test('a loop that never yields ends with its time', async () => {
    const loop = { code: 'while (true) {}', metadata: { gradbook: { timeout: 3 } } };
    const { failure } = await run(['const a = 1;', loop]);
    assert.deepEqual([failure?.kind, failure?.cell], ['cell-timeout', 2]);
  });

  test('has no process after it was stopped', async () => {
    const kernel = await Kernel.start(spec);
    const pid = kernel.pid!;
    assert.ok(isAlive(pid));
    await kernel.stop();
    assert.ok(!isAlive(pid));
  });
});
