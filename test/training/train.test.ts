import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { optimizers } from '../../lib/ops';
import { interrupt, setSeed, tf } from '../../lib/runtime';
import {
  Callback,
  EarlyStopping,
  evaluate,
  type History,
  loadHistory,
  predict,
  ReduceLROnPlateau,
  saveHistory,
  score,
  train,
} from '../../lib/training';
import { temporaryFolder } from '../temporary-folder';
import { smallCnn, stripes } from './examples';

const quiet = { verbose: 0, batchSize: 16, seed: 1 } as const;

test('training learns, evaluates and predicts, and leaves no tensor behind', async () => {
  setSeed(1);
  const model = smallCnn();
  const examples = stripes(100);
  const before = tf.memory().numTensors;
  const history = await train(model, examples, {
    ...quiet,
    epochs: 8,
    learningRate: 0.01,
    validationData: stripes(30, 4, 2),
    metrics: ['accuracy', 'f1_score', 'auc'],
    classWeight: { 2: 1.5 },
    callbacks: [new EarlyStopping({ patience: 8, restoreBestWeights: true })],
  });
  assert.deepEqual(Object.keys(history.history), [
    ...['loss', 'accuracy', 'f1_score', 'auc'],
    ...['val_loss', 'val_accuracy', 'val_f1_score', 'val_auc', 'learning_rate'],
  ]);
  assert.deepEqual(history.epoch, [0, 1, 2, 3, 4, 5, 6, 7]);
  const { loss, accuracy, learning_rate } = history.history;
  assert.ok(loss!.at(-1)! < loss![0]! / 2, `loss ${loss}`);
  assert.ok(accuracy!.at(-1)! > 0.8, `accuracy ${accuracy}`);
  assert.equal(learning_rate![0], Math.fround(0.01));
  assert.equal(history.interrupted, false);
  assert.equal(history.stoppedEpoch, null);
  assert.ok(history.peakTensors > 0 && history.peakMemory > 1e6);

  const logs = await evaluate(model, examples, { metrics: ['accuracy', 'f1_score', 'auc'] });
  const predictions = await predict(model, examples.x, { batchSize: 7 });
  assert.deepEqual(predictions.shape, [100, 4]);
  const { loss: _, ...figures } = logs;
  assert.deepEqual(score(examples.y, predictions, ['accuracy', 'f1_score', 'auc']), figures);
  assert.equal(tf.memory().numTensors, before);
  model.dispose();
});

test('memory does not grow from epoch to epoch', async () => {
  const model = smallCnn();
  const seen: number[] = [];
  class Count extends Callback {
    override onEpochEnd(): void {
      seen.push(tf.memory().numTensors);
    }
  }
  await train(model, stripes(40), { ...quiet, epochs: 4, callbacks: [new Count()] });
  assert.equal(new Set(seen).size, 1, `tensors: ${seen}`);
  model.dispose();
});

test('an interrupt ends training within one batch and restores the best weights', async () => {
  setSeed(1);
  const model = smallCnn();
  const before = tf.memory().numTensors;
  let batches = 0;
  class Stop extends Callback {
    override onBatchEnd(): void {
      if (++batches === 12) interrupt();
    }
  }
  const stopping = new EarlyStopping({ monitor: 'loss', patience: 9, restoreBestWeights: true });
  const history = await train(model, stripes(80), {
    ...quiet,
    epochs: 50,
    callbacks: [stopping, new Stop()],
  });
  assert.equal(batches, 12);
  assert.equal(history.interrupted, true);
  assert.deepEqual(history.epoch, [0, 1]);
  assert.equal(history.bestEpoch, 1);
  const stored = stopping.bestWeights!;
  for (const [i, weight] of model.weights.entries()) {
    assert.deepEqual(weight.read().dataSync(), stored[i]!.values);
  }
  assert.equal(tf.memory().numTensors, before);
  // The next training is not stopped by the old interrupt.
  const next = await train(model, stripes(16), { ...quiet, epochs: 1 });
  assert.equal(next.interrupted, false);
  model.dispose();
});

test('Ctrl-C is an interrupt if there is no other listener', async () => {
  const model = smallCnn();
  class Press extends Callback {
    override onBatchEnd(): void {
      process.kill(process.pid, 'SIGINT');
    }
  }
  const history = await train(model, stripes(320), {
    ...quiet,
    epochs: 9,
    callbacks: [new Press()],
  });
  assert.equal(history.interrupted, true);
  assert.equal(process.listenerCount('SIGINT'), 0);
  model.dispose();
});

test('a listener that Node hides while a notebook cell starts keeps the interrupts', async () => {
  const model = smallCnn();
  const counts: number[] = [];
  class Count extends Callback {
    override onBatchEnd(): void {
      counts.push(process.listenerCount('SIGINT'));
    }
  }
  const training = train(model, stripes(16), { ...quiet, epochs: 1, callbacks: [new Count()] });
  const listener = () => {};
  process.on('SIGINT', listener);
  await training;
  assert.deepEqual(counts, [1]);
  process.off('SIGINT', listener);
  model.dispose();
});

test('options of compile are used, and an optimizer continues from its state', async () => {
  const model = smallCnn();
  const optimizer = optimizers.sgd({ learningRate: 0.05, momentum: 0.9 });
  model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['acc'] });
  const { history } = await train(model, stripes(32), { ...quiet, epochs: 1 });
  assert.deepEqual(Object.keys(history), ['loss', 'acc', 'learning_rate']);
  assert.equal(history['learning_rate']![0], Math.fround(0.05));
  assert.equal(optimizer.iterations, 2);
  model.dispose();
  optimizer.dispose();
});

test("tfjs's own optimizers train too", async () => {
  const model = smallCnn();
  const before = tf.memory().numTensors;
  for (const optimizer of [tf.train.sgd(0.1), tf.train.adam(0.1)]) {
    const { history } = await train(model, stripes(32), {
      ...quiet,
      epochs: 3,
      optimizer,
      callbacks: [new ReduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 100 })],
    });
    assert.deepEqual(history['learning_rate'], [0.1, 0.1, 0.01].map(Math.fround));
    optimizer.dispose();
  }
  assert.equal(tf.memory().numTensors, before);
  model.dispose();
});

test('images are resized on the device, and uint8 data stay uint8', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [16, 16, 3], filters: 2, kernelSize: 5, strides: 4 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
  const examples = stripes(20);
  const options = { ...quiet, resize: [16, 16] } as const;
  await train(model, examples, { ...options, epochs: 1, validationData: examples });
  const found = await predict(model, examples.x, { resize: [16, 16] });
  const expected = tf.tidy(() => {
    const pictures = tf.tensor4d(Float32Array.from(examples.x.values), [20, 8, 8, 3]).div(255);
    const resized = tf.image.resizeBilinear(pictures as never, [16, 16], false, true);
    return (model.predict(resized) as ReturnType<typeof tf.tensor>).dataSync();
  });
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(found.values[i]! - value) < 1e-5);
  }
  await assert.rejects(train(model, examples, { ...quiet, epochs: 1 }), { code: 'bad-shape' });
  model.dispose();
});

test('masks and several labels train', async () => {
  const { x } = stripes(12);
  const masks = {
    x,
    y: { shape: [12, 8, 8, 1], values: Uint8Array.from({ length: 768 }, (_, i) => i % 2) },
  };
  const painter = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 3],
        filters: 1,
        kernelSize: 3,
        padding: 'same',
        activation: 'sigmoid',
      }),
    ],
  });
  const { history } = await train(painter, masks, {
    ...quiet,
    epochs: 2,
    loss: 'bce_dice',
    metrics: ['accuracy', 'iou', 'mean_iou'],
  });
  assert.deepEqual(Object.keys(history), ['loss', 'accuracy', 'iou', 'mean_iou', 'learning_rate']);
  assert.ok(Object.values(history).flat().every(Number.isFinite));
  painter.dispose();
});

test('a NaN loss is recorded', async () => {
  const model = smallCnn();
  const examples = stripes(16);
  const broken = { ...examples, x: { ...examples.x, scale: Number.NaN } };
  const { history, bestEpoch } = await train(model, broken, { ...quiet, epochs: 1 });
  assert.ok(Number.isNaN(history['loss']![0]));
  assert.equal(bestEpoch, null);
  model.dispose();
});

test('histories are written and read again', () => {
  const folder = temporaryFolder('gradbook-history');
  const file = path.join(folder, 'a', 'history.json');
  const history: History = {
    epoch: [0, 1],
    history: { loss: [0.5, Number.NaN], val_loss: [Number.POSITIVE_INFINITY, 0.1 + 0.2] },
    seconds: [1, 2],
    stoppedEpoch: 1,
    bestEpoch: 0,
    interrupted: false,
    peakTensors: 3,
    peakMemory: 4,
    params: { epochs: 2, steps: 1, batchSize: 1, examples: 1, seed: 1 },
  };
  saveHistory(file, history);
  assert.deepEqual(loadHistory(file), history);
  fs.writeFileSync(file, '{}');
  assert.throws(() => loadHistory(file), { code: 'bad-history' });
  assert.throws(() => loadHistory(path.join(folder, 'none')), { code: 'missing-file' });
  fs.rmSync(folder, { recursive: true });
});
