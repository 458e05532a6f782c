import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { TfjsState } from '../../lib/ops';
import { Random, setExecutedCode, setSeed, tf } from '../../lib/runtime';
import {
  Callback,
  EarlyStopping,
  LearningRateScheduler,
  type TrainOptions,
  train,
} from '../../lib/training';
import { temporaryFolder } from '../temporary-folder';

let folder = '';
const { now: realNow } = performance;
beforeEach(() => {
  folder = temporaryFolder('gradbook-kept');
  process.env['GRADBOOK_KEPT_TRAININGS'] = folder;
  // Every read of the clock is two minutes later, so that no training is too short to be kept.
  let now = 0;
  performance.now = () => {
    now += 120_000;
    return now;
  };
});
afterEach(() => {
  performance.now = realNow;
  for (const name of ['GRADBOOK_KEPT_TRAININGS', 'GRADBOOK_RESUME']) delete process.env[name];
  fs.rmSync(folder, { recursive: true, force: true });
});

class Count extends Callback {
  epochs = 0;
  constructor(private readonly failAt = Number.POSITIVE_INFINITY) {
    super();
  }
  override onEpochBegin(): void {
    if (this.epochs === this.failAt) throw new Error('killed');
    this.epochs++;
  }
}

/** A training as in a cell. */
async function run(
  code: string,
  { failAt, ...more }: Partial<TrainOptions> & { failAt?: number } = {},
) {
  setExecutedCode(code);
  setSeed(3);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, activation: 'relu', inputShape: [4] }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  const random = new Random(1);
  const values = Float32Array.from({ length: 80 }, () => random.normal());
  const x = { shape: [20, 4], values };
  const y = {
    shape: [20, 2],
    values: Float32Array.from({ length: 40 }, (_, i) => Number((i % 4 === 0) === (i % 2 === 0))),
  };
  const count = new Count(failAt);
  // With this seed it ends the training after its third epoch of five, and gives back the first's weights.
  const stopping = new EarlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true });
  const options: TrainOptions = {
    ...{ epochs: 5, batchSize: 8, optimizer: 'adam', loss: 'categoricalCrossentropy' },
    ...{ verbose: 0, ...more, callbacks: [...(more.callbacks ?? [stopping]), count] },
  };
  let history: Awaited<ReturnType<typeof train>> | undefined;
  try {
    history = await train(model, { x, y }, options);
  } catch (error) {
    if ((error as Error).message !== 'killed') throw error;
  }
  const weights = model.getWeights().map((weight) => Array.from(weight.dataSync()));
  model.dispose();
  return { epochs: count.epochs, loss: history?.history['loss'], weights };
}

test('a finished training is reused from the failed run: no epoch runs, same weights and history', async (t) => {
  const print = t.mock.method(console, 'log', () => {});
  const first = await run('cells 1 to 3');
  assert.equal(first.epochs, 3);
  process.env['GRADBOOK_RESUME'] = '1';
  const again = await run('cells 1 to 3');
  assert.equal(again.epochs, 0);
  assert.deepEqual([again.weights, again.loss], [first.weights, first.loss]);
  assert.match(
    String(print.mock.calls[0]!.arguments[0]),
    /continues after epoch 3 of the failed run/,
  );
});

test('a training killed after two epochs continues there, and ends as one that was not', async (t) => {
  t.mock.method(console, 'log', () => {});
  const whole = await run('whole');
  await run('killed', { failAt: 2 });
  process.env['GRADBOOK_RESUME'] = '1';
  const rest = await run('killed');
  assert.deepEqual([whole.epochs, rest.epochs], [3, 1]);
  assert.deepEqual(rest.weights, whole.weights);
});

test('after other cells, without --resume, or from a damaged file it trains', async () => {
  await run('cells 1 to 3');
  assert.equal((await run('cells 1 to 3')).epochs, 3);
  process.env['GRADBOOK_RESUME'] = '1';
  assert.equal((await run('a cell before it was changed')).epochs, 3);
  for (const file of fs.readdirSync(folder)) fs.truncateSync(path.join(folder, file), 100);
  assert.equal((await run('cells 1 to 3')).epochs, 3);
});

const tfjsOptimizers = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.1),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
};

for (const [name, make] of Object.entries(tfjsOptimizers)) {
  test(`killed after two epochs, tf.train.${name} continues as if it had not been`, async (t) => {
    t.mock.method(console, 'log', () => {});
    const rates = new LearningRateScheduler({ schedule: (epoch) => 0.02 / (epoch + 1) });
    const options = () => ({ optimizer: make(), callbacks: [rates] });
    const whole = await run('whole', options());
    await run('killed', { ...options(), failAt: 2 });
    process.env['GRADBOOK_RESUME'] = '1';
    const rest = await run('killed', options());
    assert.deepEqual(rest.weights, whole.weights);
    assert.deepEqual(rest.loss, whole.loss);
    assert.equal(whole.loss!.length, 5);
    const kept = await run('killed', options());
    assert.deepEqual([kept.epochs, kept.weights], [0, whole.weights]);
  });
}

test('trainings by an optimizer class of the user are not kept', async () => {
  class Own extends tf.SGDOptimizer {}
  await run('own', { optimizer: new Own(0.1) as never });
  assert.deepEqual(fs.readdirSync(folder), []);
});

test('a folder that cannot be written is reported, and the training continues', async (t) => {
  const print = t.mock.method(console, 'log', () => {});
  fs.writeFileSync(path.join(folder, 'file'), '');
  process.env['GRADBOOK_KEPT_TRAININGS'] = path.join(folder, 'file');
  assert.equal((await run('no folder')).epochs, 3);
  assert.equal(print.mock.callCount(), 1);
  assert.match(String(print.mock.calls[0]!.arguments[0]), /^not kept for --resume: E/);
});

test('the state of another optimizer or model is refused before anything is changed', () => {
  const adam = tf.train.adam(0.01);
  const state = TfjsState.of(adam)!;
  const weight = tf.variable(tf.ones([3]), true, 'of_three');
  state.applyGradients({ of_three: tf.ones([3]) });
  const before = state.getState();
  assert.deepEqual(Object.keys(before.slots['of_three']!).sort(), [
    'accumulatedFirstMoment/m',
    'accumulatedSecondMoment/v',
  ]);
  assert.throws(() => state.setState({ ...before, className: 'SGD' }), { code: 'bad-state' });
  const slots = { of_three: { 'accumulatedFirstMoment/m': new Float32Array(4) } };
  assert.throws(() => state.setState({ ...before, iterations: 9, slots }), {
    code: 'state-mismatch',
    message: /has 4 values and the weight of_three has 3/,
  });
  assert.deepEqual(state.getState(), before);
  adam.dispose();
  weight.dispose();
});
