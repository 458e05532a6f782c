import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mlp } from '../../lib/models';
import { Random, tf } from '../../lib/runtime';
import {
  argMax,
  type GridSearchOptions,
  gridSearch,
  parameterGrid,
  spreadBy,
  swingOf,
} from '../../lib/training';

test('a grid holds every combination, the last axis fastest', () => {
  assert.deepEqual(parameterGrid({ a: [1, 2], b: ['x', 'y'] }), [
    { a: 1, b: 'x' },
    { a: 1, b: 'y' },
    { a: 2, b: 'x' },
    { a: 2, b: 'y' },
  ]);
  assert.deepEqual(parameterGrid({}), [{}]);
});

test('the swing is the mean step from one value to the next', () => {
  assert.ok(Math.abs(swingOf([0.2, 0.5, 0.4]) - 0.2) < 1e-12);
  assert.equal(swingOf([0.7]), 0);
});

test('groups are averaged and ordered, the best first', () => {
  const trials = [
    { rate: 1, figure: 0.5 },
    { rate: 2, figure: 0.9 },
    { rate: 1, figure: 0.7 },
  ];
  assert.deepEqual(spreadBy(trials, ['rate'], 'figure'), [
    { group: '2', runs: 1, mean: 0.9, least: 0.9, greatest: 0.9 },
    { group: '1', runs: 2, mean: 0.6, least: 0.5, greatest: 0.7 },
  ]);
});

test('groups by a loss: the lowest first, groups with diverged runs last', () => {
  const losses = [0.5, 0.1, Number.NaN, 0.01, Number.POSITIVE_INFINITY];
  const trials = losses.map((val_loss, i) => ({ rate: Math.min(i + 1, 4), val_loss }));
  const nan = Number.NaN;
  assert.deepEqual(spreadBy(trials, ['rate'], 'val_loss'), [
    { group: '2', runs: 1, mean: 0.1, least: 0.1, greatest: 0.1 },
    { group: '1', runs: 1, mean: 0.5, least: 0.5, greatest: 0.5 },
    { group: '4', runs: 2, mean: 0.01, least: 0.01, greatest: 0.01, diverged: 1 },
    { group: '3', runs: 1, mean: nan, least: nan, greatest: nan, diverged: 1 },
  ]);
});

test('the most probable class of each row; the first of ties', () => {
  const predictions = { values: Float32Array.of(0.1, 0.7, 0.2, 0.4, 0.4, 0.2), shape: [2, 3] };
  assert.deepEqual(Array.from(argMax(predictions)), [1, 0]);
});

test('a grid search trains each setting with each seed and leaves no tensor', async () => {
  const random = new Random(1);
  const count = 40;
  const x = { shape: [count, 2, 2, 3], values: new Float32Array(count * 12) };
  const y = { shape: [count, 2], values: new Float32Array(count * 2) };
  for (let i = 0; i < count; i++) {
    const bright = random.next() < 0.5;
    for (let j = 0; j < 12; j++) x.values[i * 12 + j] = random.next() * 0.2 + (bright ? 0.8 : 0);
    y.values[2 * i + (bright ? 1 : 0)] = 1;
  }
  const examples = { x, y };
  const tensors = tf.memory().numTensors;
  const options: GridSearchOptions = {
    build: (given) => mlp({ ...given, inputShape: [2, 2, 3], classes: 2 }),
    settings: [
      { step: 'slow', units: [4], learningRate: 1e-6, optimizer: 'sgd' },
      { step: 'fast', units: [4], learningRate: 0.05 },
    ],
    seeds: [1, 2],
    train: examples,
    validation: examples,
    test: examples,
    epochs: 12,
  };
  const trials = await gridSearch(options);
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(
    trials.map(({ step, units, seed }) => [step, units, seed]),
    [
      ['slow', '4', 1],
      ['slow', '4', 2],
      ['fast', '4', 1],
      ['fast', '4', 2],
    ],
  );
  assert.equal(trials[2]!.val_accuracy, 1);
  assert.equal(trials[2]!['test_accuracy'], 1);
  assert.ok(trials[0]!.val_accuracy < 1);
  const again = await gridSearch({ ...options, settings: options.settings.slice(1), seeds: [2] });
  const { seconds: _, ...figures } = again[0]!;
  const { seconds: __, ...before } = trials[3]!;
  assert.deepEqual(figures, before);
});
