import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainMemory, GradbookError, nodeBackend, tf } from '../../lib/runtime';
import { othersOnCard, parseCardProcesses } from '../../lib/runtime/out-of-memory';
import { computeFeatures, evaluate, predict, train } from '../../lib/training';

// As TensorFlow 2.21 words it.
const message =
  'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[32,224,224,64] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc';

/** Runs work with a device that has no memory for products. */
async function withoutMemory(work: () => Promise<unknown>): Promise<GradbookError> {
  const backend = nodeBackend();
  const real = backend.binding;
  backend.binding = Object.create(real, {
    executeOp: {
      value: (...args: Parameters<typeof real.executeOp>) => {
        if (/MatMul/.test(args[0])) throw new Error(message);
        return real.executeOp(...args);
      },
    },
  });
  const before = tf.memory().numTensors;
  try {
    await work();
  } catch (error) {
    assert.equal(tf.memory().numTensors, before);
    return error as GradbookError;
  } finally {
    backend.binding = real;
  }
  throw new Error('nothing was thrown');
}

describe('memory that runs out', () => {
  it('is one clear error that names the batch size, wherever batches are computed', async () => {
    const model = tf.sequential({
      name: 'wide',
      layers: [tf.layers.dense({ units: 3, activation: 'softmax', inputShape: [4] })],
    });
    const x = { shape: [8, 4], values: new Float32Array(32) };
    const y = {
      shape: [8, 3],
      values: Float32Array.from({ length: 24 }, (_, i) => +(i % 3 === 0)),
    };
    const works: [string, () => Promise<unknown>][] = [
      ['training wide', () => train(model, { x, y }, { epochs: 1, batchSize: 8, verbose: 0 })],
      ['evaluating wide', () => evaluate(model, { x, y }, { batchSize: 8 })],
      ['predicting', () => predict(model, x, { batchSize: 8 })],
      ['features', () => computeFeatures(model, x, { batchSize: 8, cache: false })],
    ];
    for (const [what, work] of works) {
      const error = await withoutMemory(work);
      assert.equal(error.code, 'out-of-memory', what);
      assert.match(
        error.message,
        new RegExp(`^${what}: the [CG]PU has no memory left for a tensor`),
      );
      assert.match(
        error.message,
        /\[32, 224, 224, 64\] at batchSize 8: give a smaller batchSize than 8/,
      );
      assert.equal((error.cause as Error).message, message);
    }
    model.dispose();
  });

  it('leaves other errors alone', () => {
    const other = new Error(
      'Invalid TF_Status: 3\nMessage: Input to reshape is a tensor with 12 values',
    );
    assert.equal(explainMemory(other, 32, 'training'), other);
    const own = new GradbookError('stopped: OOM when allocating', 'interrupted');
    assert.equal(explainMemory(own, 32, 'training'), own);
  });

  it('names the other programs on the GPU', () => {
    const output = '4711, /usr/bin/python3, 70123\n815, node, [N/A]\n, ,\n';
    const processes = parseCardProcesses(output);
    assert.deepEqual(
      processes.map(({ pid, name }) => [pid, name]),
      [
        [4711, '/usr/bin/python3'],
        [815, 'node'],
      ],
    );
    assert.equal(
      othersOnCard(processes, 815),
      '. Other programs use the GPU: /usr/bin/python3 (process 4711, 70123 MiB)',
    );
    assert.equal(othersOnCard(processes.slice(1), 815), '');
    assert.match(othersOnCard(processes, 1), /node \(process 815\)$/);
  });
});
