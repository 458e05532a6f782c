import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, Scalar, Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/runtime';
import { evaluate, score, train } from '../../lib/training';

const xs = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + 1));
const ys = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]);
const examples = { x: { shape: [4, 3], values: xs }, y: { shape: [4, 3], values: ys } };

function network(units = 3): LayersModel {
  const activation = units === 1 ? 'sigmoid' : 'softmax';
  const layers = [
    tf.layers.dense({ units, inputShape: [3], activation, kernelInitializer: 'ones', name: 'out' }),
  ];
  const model = tf.sequential({ layers });
  const kernel = tf.tensor2d(
    Array.from({ length: 3 * units }, (_, i) => Math.cos(i)),
    [3, units],
  );
  const bias = tf.zeros([units]);
  model.setWeights([kernel, bias]);
  tf.dispose([kernel, bias]);
  return model;
}

function stock(model: LayersModel): number[] {
  const [x, y] = [tf.tensor2d(xs, [4, 3]), tf.tensor2d(ys, [4, 3])];
  const found = [model.evaluate(x, y)].flat() as Scalar[];
  const values = found.map((value) => value.dataSync()[0]!);
  tf.dispose([x, y, found]);
  return values;
}

function near(actual: number | undefined, expected: number, what: string): void {
  const off = Math.abs(actual! - expected);
  assert.ok(off < 1e-5 * Math.max(1, Math.abs(expected)), `${what}: ${actual}, not ${expected}`);
}

const names = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'meanSquaredLogarithmicError',
  'hinge',
  'squaredHinge',
  'categoricalHinge',
  'logcosh',
  'kullbackLeiblerDivergence',
  'poisson',
  'cosineProximity',
  'categoricalCrossentropy',
  'binaryCrossentropy',
];

test('every loss that compile knows by name is that of model.evaluate, from compile or by name', async () => {
  const model = network();
  for (const loss of names) {
    model.compile({ optimizer: 'sgd', loss });
    const [expected] = stock(model);
    const before = tf.memory().numTensors;
    near((await evaluate(model, examples, { batchSize: 3 }))['loss'], expected!, loss);
    near((await evaluate(model, examples, { loss }))['loss'], expected!, loss);
    assert.equal(tf.memory().numTensors, before);
  }
  model.dispose();
});

test('losses of tf.losses, and a list or an object of one loss, train as in model.fit', async () => {
  const { meanSquaredError, absoluteDifference, softmaxCrossEntropy } = tf.losses;
  const forms = [
    meanSquaredError,
    absoluteDifference,
    softmaxCrossEntropy,
    ['meanAbsoluteError'],
    [absoluteDifference],
    { out: 'meanSquaredError' },
  ];
  for (const loss of forms) {
    const [ours, theirs] = [network(), network()];
    for (const model of [ours, theirs])
      model.compile({ optimizer: tf.train.sgd(0.1), loss: loss as never });
    const [expected] = stock(theirs);
    near((await evaluate(ours, examples))['loss'], expected!, 'loss');
    await train(ours, examples, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 });
    const [x, y] = [tf.tensor2d(xs, [4, 3]), tf.tensor2d(ys, [4, 3])];
    await theirs.fit(x, y, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 });
    const weights = [ours, theirs].map((model) =>
      model.getWeights().flatMap((weight: Tensor) => [...weight.dataSync()]),
    );
    for (const [i, value] of weights[0]!.entries()) near(value, weights[1]![i]!, 'weight');
    tf.dispose([x, y]);
    ours.dispose();
    theirs.dispose();
  }
});

test('metrics of tf.metrics and mse, mae as metrics are those of model.evaluate', async () => {
  const model = network();
  const { precision, categoricalAccuracy, meanAbsoluteError } = tf.metrics;
  const metrics = [
    'mse',
    'MAE',
    'mape',
    'cosine',
    precision,
    categoricalAccuracy,
    meanAbsoluteError,
  ];
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: metrics as never });
  const [, ...expected] = stock(model);
  const keys = [
    'mse',
    'mae',
    'mape',
    'cosine',
    'precision',
    'categoricalAccuracy',
    'meanAbsoluteError',
  ];
  for (const options of [{}, { metrics: metrics as never }]) {
    const before = tf.memory().numTensors;
    const logs = await evaluate(model, examples, options);
    assert.deepEqual(Object.keys(logs), ['loss', ...keys]);
    for (const [i, key] of keys.entries()) near(logs[key], expected[i]!, key);
    assert.equal(tf.memory().numTensors, before);
  }
  const history = await train(model, examples, { epochs: 1, metrics: [precision], verbose: 0 });
  assert.ok('precision' in history.history && !('accuracy' in history.history));
  model.dispose();
});

test('unknown losses and metrics are named in an error', async () => {
  const model = network();
  const refused: [object, string, RegExp][] = [
    [{ loss: ['mse', 'mae'] }, 'bad-option', /one output, out/],
    [{ loss: { other: 'mse' } }, 'bad-option', /other.*one output, out/],
    [{ loss: 'sparseCategoricalCrossentropy' }, 'bad-shape', /for integer labels, is \[1\]/],
    [{ loss: 'constructor' }, 'unknown-loss', /unknown loss: constructor/],
    [{ metrics: [{ name: 'mine' }] }, 'unknown-metric', /"mine"/],
    [{ metrics: ['toString'] }, 'unknown-metric', /unknown metric: toString/],
  ];
  for (const [options, code, message] of refused) {
    await assert.rejects(evaluate(model, examples, options), { code, message });
  }
  model.dispose();
});

test('one sigmoid output is compared with 0.5 for F1, and metrics that compare classes are an error', async () => {
  const labels = { shape: [4, 1], values: Float32Array.from([1, 1, 0, 1]) };
  const said = { shape: [4, 1], values: Float32Array.from([0.9, 0.2, 0.7, 0.6]) };
  // Two true positives, one false positive, one false negative.
  near(score(labels, said as never, ['f1_score'])['f1_score'], 2 / 3, 'F1');
  const model = network(1);
  const rows = { x: examples.x, y: labels };
  const logs = await evaluate(model, rows, { metrics: ['f1_score'] });
  assert.ok(logs['f1_score']! >= 0 && logs['f1_score']! <= 1);
  for (const metric of ['top_k_categorical_accuracy', 'categorical_accuracy']) {
    await assert.rejects(train(model, rows, { epochs: 1, metrics: [metric], verbose: 0 }), {
      code: 'bad-option',
      message: /one output: give binary_accuracy/,
    });
  }
  model.dispose();
});
