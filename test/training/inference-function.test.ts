import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { mobileNet } from '../../lib/models';
import { nodeBackend, setSeed, sharedState, tf } from '../../lib/runtime';
import { computeFeatures, evaluate, predict, predictOutputs, train } from '../../lib/training';
import { smallCnn, stripes } from './examples';

/** Runs work and counts the calls into the binding and the functions added and removed. */
async function counted<T>(work: () => Promise<T>) {
  const backend = nodeBackend();
  const real = backend.binding;
  const count = { calls: 0, added: 0, removed: 0 };
  backend.binding = Object.create(real, {
    executeOp: {
      value: (...args: Parameters<typeof real.executeOp>) => {
        count.calls++;
        return real.executeOp(...args);
      },
    },
    addFunction: {
      value: (...args: Parameters<typeof real.addFunction>) => {
        count.added++;
        real.addFunction(...args);
      },
    },
    removeFunction: {
      value: (name: string) => {
        count.removed++;
        real.removeFunction(name);
      },
    },
  });
  const before = tf.memory().numTensors;
  try {
    const result = await work();
    assert.equal(tf.memory().numTensors, before);
    assert.equal(count.added, count.removed);
    return { result, ...count };
  } finally {
    backend.binding = real;
  }
}

/** Both ways, with how many calls the function saves. */
async function both<T>(work: (runEagerly: boolean) => Promise<T>) {
  const eager = await counted(() => work(true));
  const compiled = await counted(() => work(false));
  assert.equal(eager.added, 0);
  assert.ok(compiled.added > 0);
  assert.ok(compiled.calls < eager.calls * 0.6, `${compiled.calls} of ${eager.calls} calls`);
  return [eager.result, compiled.result] as const;
}

function close(given: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-6): void {
  assert.equal(given.length, wanted.length);
  for (let i = 0; i < given.length; i++) {
    const away = Math.abs(given[i]! - wanted[i]!);
    assert.ok(away <= tolerance * Math.max(1, Math.abs(wanted[i]!)), `${i}: ${away}`);
  }
}

function trainedAWhile(): LayersModel {
  setSeed(3);
  return smallCnn();
}

describe('inference as one function gives the same values as op by op', () => {
  it('evaluate, with a shorter last batch and several metrics', async () => {
    const model = trainedAWhile();
    const options = { batchSize: 8, metrics: ['accuracy', 'precision', 'f1_score'] };
    const [eager, compiled] = await both((runEagerly) =>
      evaluate(model, stripes(100), { ...options, runEagerly }),
    );
    assert.deepEqual(Object.keys(compiled), Object.keys(eager));
    close(Object.values(compiled), Object.values(eager));
    model.dispose();
  });

  it('evaluate uses the current weights', async () => {
    const model = trainedAWhile();
    const before = await evaluate(model, stripes(100), { batchSize: 8 });
    await train(model, stripes(64), { epochs: 2, batchSize: 16, verbose: 0, seed: 1 });
    const [eager, compiled] = await both((runEagerly) =>
      evaluate(model, stripes(100), { batchSize: 8, runEagerly }),
    );
    assert.notEqual(compiled['loss'], before['loss']);
    close([compiled['loss']!], [eager['loss']!]);
    model.dispose();
  });

  it('validation while training, whose function is kept from epoch to epoch', async () => {
    const run = async (runEagerly: boolean) => {
      const model = trainedAWhile();
      const validation = stripes(90);
      const { history } = await train(model, stripes(64), {
        ...{ epochs: 6, batchSize: 8, verbose: 0, seed: 1 },
        ...{ validationData: validation, runEagerly },
      });
      model.dispose();
      return history;
    };
    const [eager, compiled] = await both(run);
    close(compiled['val_loss']!, eager['val_loss']!, 1e-5);
    close(compiled['val_accuracy']!, eager['val_accuracy']!);
  });

  it('predict, with resizing, and of several outputs', async () => {
    const model = trainedAWhile();
    const small = stripes(70).x;
    const [eager, compiled] = await both((runEagerly) =>
      predict(model, small, { batchSize: 4, resize: [8, 8], runEagerly }),
    );
    close(compiled.values, eager.values);
    const input = tf.input({ shape: [8, 8, 3] });
    const flat = tf.layers
      .flatten()
      .apply(input) as import('@tensorflow/tfjs-node-gpu').SymbolicTensor;
    const outputs = ['one', 'two'].map(
      (name) => tf.layers.dense({ units: 3, name }).apply(flat) as typeof flat,
    );
    const two = tf.model({ inputs: input, outputs });
    const [first, second] = await both((runEagerly) =>
      predictOutputs(two, small, { batchSize: 4, runEagerly }),
    );
    close(second['one']!.values, first['one']!.values);
    close(second['two']!.values, first['two']!.values);
    model.dispose();
    two.dispose();
  });

  it('features of a folded MobileNet', async () => {
    const model = await mobileNet({ weights: null, alpha: 0.25, inputShape: [32, 32, 3] });
    const values = Float32Array.from({ length: 72 * 32 * 32 * 3 }, (_, i) => Math.sin(i));
    const rows = { shape: [72, 32, 32, 3], values };
    const [eager, compiled] = await both((runEagerly) =>
      computeFeatures(model, rows, { cache: false, runEagerly }),
    );
    close(compiled.rows.values, eager.rows.values, 1e-5);
    model.dispose();
  });

  it('as the first work of a process, which tries oneDNN in the middle of it', async () => {
    const trial = sharedState('one-dnn', () => ({ works: undefined as boolean | undefined }));
    const model = trainedAWhile();
    const { x } = stripes(70);
    const works = trial.works;
    for (const work of [
      () => predict(model, x, { batchSize: 4 }),
      () => evaluate(model, stripes(70), { batchSize: 4 }),
      () => computeFeatures(model, x, { cache: false, batchSize: 4 }),
    ]) {
      trial.works = undefined;
      const { added } = await counted(work as () => Promise<unknown>);
      assert.ok(added > 0, 'it stayed op by op');
      assert.equal(trial.works, works);
    }
    model.dispose();
  });
});
