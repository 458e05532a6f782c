import assert from 'node:assert/strict';
import * as path from 'node:path';
import { test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { batches, type Examples } from '../../../lib/data';
import { interrupt, nodeBackend, setSeed, tf } from '../../../lib/runtime';
import {
  BackupAndRestore,
  Callback,
  evaluate,
  findLearningRate,
  predict,
  type TrainingData,
  type TrainOptions,
  train,
} from '../../../lib/training';
import { temporaryFolder } from '../../data/folders';
import { smallCnn, stripes } from '../examples';
import { arrays, batchSize, dataset, tensors } from './batches';

const examples = stripes(75);
const held = stripes(40, 4, 2);

/** Trains from the same start, and gives weights and figures. */
async function run(data: TrainingData, options: Partial<TrainOptions> = {}) {
  setSeed(3);
  const model = smallCnn();
  const before = tf.memory().numTensors;
  const history = await train(model, data, {
    ...{ epochs: 5, seed: 1, shuffle: false, verbose: 0 },
    ...options,
  });
  assert.equal(tf.memory().numTensors, before, 'no tensor is left behind');
  const weights = model.weights.map((weight) => [...weight.read().dataSync()]);
  model.dispose();
  return { weights, history };
}

const kinds = {
  'arrays {x, y}': arrays,
  'tensors {xs, ys}': tensors,
  'lists [x, y]': (given: Examples) => () => lists(given),
  'a tf.data dataset': dataset,
  'an array of batches': (given: Examples) => [...batches(given, { batchSize })],
};

async function* lists(given: Examples) {
  for await (const { xs, ys } of tensors(given)) yield [xs, ys];
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: the same weights and figures as from rows, bit for bit`, async () => {
    // 25 steps: enough for the compiled step, two batch sizes an epoch.
    const rows = await run(examples, { batchSize, validationData: held });
    const streamed = await run(make(examples), {
      validationData: make(held) as TrainingData,
      batchSize: undefined,
    });
    // The validation sets were cut into batches of 16 and of 32 and sum up in another order.
    const wanted = await run(examples, { batchSize, validationData: make(held) as TrainingData });
    assert.deepEqual(streamed.weights, rows.weights);
    assert.deepEqual(streamed.history.history, wanted.history.history);
    const { steps, examples: count } = streamed.history.params;
    assert.deepEqual([steps, count, streamed.history.params.batchSize], [5, 75, 16]);
  });
}

test('the step of a stream of unknown length runs as one function', async () => {
  const backend = nodeBackend();
  const real = backend.binding;
  let functions = 0;
  const addFunction = (...args: Parameters<typeof real.addFunction>) => {
    functions++;
    real.addFunction(...args);
  };
  backend.binding = Object.create(real, { addFunction: { value: addFunction } });
  try {
    await run(tensors(examples));
    assert.equal(functions, 2, 'one for each batch size');
    await run(tensors(examples), { runEagerly: true });
    assert.equal(functions, 2);
  } finally {
    backend.binding = real;
  }
});

test('op by op, and without reading ahead, the numbers are the same', async () => {
  const [compiled, eager, unhurried] = [
    await run(tensors(examples)),
    await run(tensors(examples), { runEagerly: true }),
    await run(tensors(examples), { prefetch: 0 }),
  ];
  assert.deepEqual(unhurried, { ...compiled, history: unhurried.history });
  assert.deepEqual(unhurried.history.history, compiled.history.history);
  for (const [i, weights] of eager.weights.entries()) {
    for (const [j, value] of weights.entries()) {
      assert.ok(Math.abs(value - compiled.weights[i]![j]!) < 1e-4, `weight ${i}, ${j}`);
    }
  }
});

function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    assert.ok(Math.abs(found[i]! - wanted[i]!) < 1e-5, `${i}: ${found[i]}, wanted ${wanted[i]}`);
  }
}

test('evaluate and predict take streams, with targets or without, whole or in part', async () => {
  const model = smallCnn();
  const before = tf.memory().numTensors;
  const wanted = await evaluate(model, examples, { batchSize });
  assert.deepEqual(await evaluate(model, tensors(examples)), wanted);
  assert.deepEqual(await evaluate(model, dataset(examples)), wanted);
  const predicted = await predict(model, examples.x, { batchSize });
  const alone = async function* () {
    for (const { x } of batches(examples, { batchSize })) yield x;
  };
  for (const stream of [tensors(examples), arrays(examples), dataset(examples), alone]) {
    // Not bit for bit: where TensorFlow chooses oneDNN, sums depend on the alignment of the inputs.
    const found = await predict(model, stream);
    assert.deepEqual(found.shape, predicted.shape);
    assertClose(found.values, predicted.values);
  }
  const part = await predict(model, tensors(examples), { steps: 2 });
  assert.deepEqual(part.shape, [32, 4]);
  assertClose(part.values, predicted.values.subarray(0, 128));
  const firstRows = { batchSize, steps: 2 };
  assert.deepEqual(
    await evaluate(model, tensors(examples), { steps: 2 }),
    await evaluate(model, examples, firstRows),
  );
  assert.equal(tf.memory().numTensors, before);
  model.dispose();
});

test('sample weights come with the batches', async () => {
  const sampleWeight = Float32Array.from({ length: 75 }, (_, i) => (i % 3) / 2);
  const weighted = async function* () {
    let from = 0;
    for await (const { xs, ys } of tensors(examples)) {
      yield { xs, ys, sampleWeight: sampleWeight.subarray(from, from + batchSize) };
      from += batchSize;
    }
  };
  const rows = await run({ ...examples, sampleWeight }, { batchSize });
  assert.deepEqual((await run(weighted)).weights, rows.weights);
});

/** Counts what was begun and given. */
function counting(count: number, endless = false) {
  const seen = { begun: 0, given: 0, closed: 0 };
  const stream = async function* () {
    seen.begun++;
    try {
      do {
        for (const batch of batches(stripes(count), { batchSize })) {
          seen.given++;
          yield batch;
        }
      } while (endless);
    } finally {
      seen.closed++;
    }
  };
  return { seen, stream };
}

test('stepsPerEpoch continues where the epoch before stopped; validationSteps begins again', async () => {
  const training = counting(64, true);
  const validation = counting(64, true);
  const { history } = await run(training.stream, {
    ...{ epochs: 3, stepsPerEpoch: 6, validationData: validation.stream, validationSteps: 2 },
  });
  assert.deepEqual(history.params, { ...history.params, steps: 6, examples: 96 });
  assert.equal(training.seen.begun, 1);
  assert.equal(validation.seen.begun, 3);
  assert.deepEqual([training.seen.closed, validation.seen.closed], [1, 3], 'generators are closed');
  assert.ok(training.seen.given <= 18 + 3, `${training.seen.given} batches: two are read ahead`);
  // Keras's order: twelve steps over four batches are three passes.
  const passes = await run(stripes(64), { epochs: 2, stepsPerEpoch: 6, batchSize });
  const endless = await run(counting(64, true).stream, { epochs: 2, stepsPerEpoch: 6 });
  assert.deepEqual(endless.weights, passes.weights);
});

test('data that run out are said, and begun again', async (context) => {
  const said = context.mock.method(console, 'log', () => {});
  const { seen, stream } = counting(48);
  const { history } = await run(stream, { epochs: 2, stepsPerEpoch: 4 });
  assert.deepEqual([history.epoch.length, seen.begun], [2, 2]);
  assert.deepEqual(
    said.mock.calls.map(({ arguments: [line] }) => line),
    [1, 2].map(
      (epoch) =>
        `the training set ran out of data after 3 of stepsPerEpoch 4 batches of epoch ${epoch}; it is begun again`,
    ),
  );
});

for (const options of [{}, { stepsPerEpoch: 4 }]) {
  const kind = 'stepsPerEpoch' in options ? 'with stepsPerEpoch' : 'without stepsPerEpoch';
  test(`a training that died in an epoch continues in it, ${kind}`, async (context) => {
    const backupDir = path.join(temporaryFolder(context), 'backup');
    // With stepsPerEpoch, whatever is read before the place is passed over: an endless stream.
    const repeated = async function* () {
      do yield* tensors(examples);
      while ('stepsPerEpoch' in options);
    };
    const whole = await run(repeated, { ...options, epochs: 3 });
    let steps = 0;
    class Die extends Callback {
      override onBatchEnd(): void {
        if (++steps === 9) throw new Error('killed');
      }
    }
    const backup = () => new BackupAndRestore({ backupDir, saveFreq: 2 });
    const first = { ...options, epochs: 3, callbacks: [backup(), new Die()] };
    setSeed(3);
    const model = smallCnn();
    const common = { seed: 1, shuffle: false, verbose: 0 } as const;
    await assert.rejects(train(model, repeated, { ...common, ...first }), /killed/);
    model.dispose();
    const second = await run(repeated, { ...options, epochs: 3, callbacks: [backup()] });
    assert.deepEqual(second.weights, whole.weights);
    assert.deepEqual(second.history.history, whole.history.history);
  });
}

test('an interrupt ends a wait for a batch that does not come', async () => {
  const model = smallCnn();
  const before = tf.memory().numTensors;
  const slow = async function* () {
    for await (const batch of tensors(examples)) {
      yield batch;
      if (batch.xs.isDisposed) continue;
      setTimeout(interrupt, 20);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  };
  const began = performance.now();
  let batchesDone = 0;
  class Count extends Callback {
    override onBatchEnd(): void {
      batchesDone++;
    }
  }
  const history = await train(model, slow, { epochs: 2, verbose: 0, callbacks: [new Count()] });
  assert.equal(history.interrupted, true);
  assert.ok(batchesDone <= 1, `${batchesDone} batches`);
  assert.ok(performance.now() - began < 10_000);
  assert.equal(tf.memory().numTensors, before);
  model.dispose();
});

test('a learning rate is found on a stream', async () => {
  const model = smallCnn();
  const rows = await findLearningRate(model, tensors(examples), { steps: 12, seed: 1 });
  assert.equal(rows.losses.length, 12);
  model.dispose();
});

test('batches are read ahead, and no more than prefetch of them are held', async () => {
  const model = smallCnn();
  let held = 0;
  let most = 0;
  const stream = async function* (): AsyncGenerator<{ xs: Tensor; ys: Tensor }> {
    for await (const batch of tensors(examples)) {
      held++;
      most = Math.max(most, held);
      yield batch;
    }
  };
  class Done extends Callback {
    override onBatchBegin(): void {
      held--;
    }
    override onBatchEnd(): Promise<void> {
      return new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
  for (const prefetch of [1, 3]) {
    held = 0;
    most = 0;
    await train(model, stream, { epochs: 1, verbose: 0, prefetch, callbacks: [new Done()] });
    assert.ok(most >= prefetch && most <= prefetch + 1, `${most} held of ${prefetch}`);
  }
  model.dispose();
});
