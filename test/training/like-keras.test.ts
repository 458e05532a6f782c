import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optimizers } from '../../lib/ops';
import { tf } from '../../lib/runtime';
import { evaluate, losses, train } from '../../lib/training';
import { close, floats, type PlainTensor, readFixture } from './numbers';

interface Case {
  task: 'single' | 'multi';
  freeze: boolean;
  classWeight: number[] | null;
  x: PlainTensor;
  y: PlainTensor;
  heldX: PlainTensor;
  heldY: PlainTensor;
  start: PlainTensor[];
  end: PlainTensor[];
  history: Record<string, number[]>;
  evaluated: Record<string, number>;
}

const { cases } = readFixture<{ cases: Case[] }>('fit-history.json');

function network({ task, freeze, start }: Case) {
  const single = task === 'single';
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [6],
        units: 8,
        activation: 'relu',
        kernelRegularizer: tf.regularizers.l2({ l2: 0.02 }),
        trainable: !freeze,
      }),
      tf.layers.batchNormalization({ trainable: !freeze }),
      tf.layers.dense({ units: single ? 4 : 3, activation: single ? 'softmax' : 'sigmoid' }),
    ],
  });
  const stored = start.map((weight) => tf.tensor(floats(weight).values, weight.shape));
  let next = 0;
  for (const layer of model.layers) {
    const count = layer.getWeights().length;
    layer.setWeights(stored.slice(next, next + count));
    next += count;
  }
  tf.dispose(stored);
  return model;
}

const ways = [
  {
    optimizer: () => optimizers.adam({ learningRate: 0.01 }),
    loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }),
    metrics: ['accuracy'],
  },
  {
    optimizer: () => optimizers.sgd({ learningRate: 0.1 }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  },
  {
    optimizer: () => optimizers.rmsprop({ learningRate: 0.01 }),
    loss: undefined,
    metrics: ['accuracy', 'binary_accuracy', 'precision', 'recall'],
  },
];

for (const [i, given] of cases.entries()) {
  const { task, freeze, classWeight } = given;
  test(`training ${i} (${task}${freeze ? ', frozen' : ''}) is as in Keras`, async () => {
    const model = network(given);
    const optimizer = ways[i]!.optimizer();
    const { loss, metrics } = ways[i]!;
    const examples = { x: floats(given.x), y: floats(given.y) };
    const measured = { metrics, ...(loss && { loss }) };
    const { history } = await train(model, examples, {
      ...measured,
      epochs: 3,
      batchSize: 16,
      shuffle: false,
      verbose: 0,
      optimizer,
      validationData: { x: floats(given.heldX), y: floats(given.heldY) },
      ...(classWeight && { classWeight }),
    });
    for (const [key, expected] of Object.entries(given.history)) {
      for (const [epoch, value] of expected.entries()) {
        const found = history[key]?.[epoch] ?? Number.NaN;
        assert.ok(close(found, value, 2e-5), `${key} ${epoch}: ${found} instead of ${value}`);
      }
    }
    const weights = model.layers.flatMap((layer) => layer.getWeights());
    for (const [j, expected] of given.end.entries()) {
      const found = weights[j]!.dataSync();
      const wanted = floats(expected).values;
      for (const [k, value] of wanted.entries()) {
        assert.ok(close(found[k]!, value, 5e-5), `weight ${j}: ${found[k]} instead of ${value}`);
      }
    }
    const logs = await evaluate(model, examples, { ...measured, batchSize: 7 });
    for (const [key, value] of Object.entries(given.evaluated)) {
      assert.ok(close(logs[key]!, value, 2e-5), `${key}: ${logs[key]} instead of ${value}`);
    }
    model.dispose();
    optimizer.dispose();
  });
}
