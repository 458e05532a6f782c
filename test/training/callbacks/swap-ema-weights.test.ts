import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { optimizers } from '../../../lib/ops';
import { interrupt, setSeed, tf } from '../../../lib/runtime';
import {
  BackupAndRestore,
  Callback,
  EarlyStopping,
  evaluate,
  ModelCheckpoint,
  SwapEMAWeights,
  train,
} from '../../../lib/training';
import { temporaryFolder } from '../../temporary-folder';
import { smallCnn, stripes } from '../examples';
import { close, floats, type PlainTensor, readFixture } from '../numbers';

interface Case {
  swapOnEpoch: boolean;
  x: PlainTensor;
  y: PlainTensor;
  heldX: PlainTensor;
  heldY: PlainTensor;
  start: PlainTensor[];
  history: Record<string, number[]>;
  epochs: PlainTensor[][];
  end: PlainTensor[];
  statistics: PlainTensor[];
}

const fixture = readFixture<{ momentum: number; cases: Case[] }>('swap-ema-weights.json');
const optimizersOf = [
  () => optimizers.adam({ learningRate: 0.02 }),
  () => optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
];

function network(start: PlainTensor[]): LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [5], units: 6, activation: 'relu' }),
      tf.layers.batchNormalization({ momentum: 0.9 }),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
  let next = 0;
  tf.tidy(() => {
    const stored = start.map((weight) => tf.tensor(floats(weight).values, weight.shape));
    for (const layer of model.layers) {
      const count = layer.getWeights().length;
      layer.setWeights(stored.slice(next, next + count));
      next += count;
    }
  });
  return model;
}

/** Values of all weights, in the order of layers, as Keras lists them. */
function weightsOf(model: LayersModel): number[][] {
  return model.layers.flatMap((layer) => layer.getWeights()).map((w) => [...w.dataSync()]);
}

function same(found: number[][], expected: PlainTensor[], what: string): void {
  for (const [i, { values }] of expected.entries()) {
    for (const [j, value] of values.entries()) {
      const own = found[i]![j]!;
      assert.ok(close(own, Number(value), 5e-5), `${what}, weight ${i}: ${own}, not ${value}`);
    }
  }
}

class Watch extends Callback {
  readonly epochs: number[][][] = [];
  override onEpochEnd(): void {
    this.epochs.push(weightsOf(this.training.model));
  }
}

for (const [i, given] of fixture.cases.entries()) {
  test(`weights are averaged, swapped and left as in Keras (${i})`, async () => {
    const options = {
      epochs: 3,
      batchSize: 16,
      shuffle: false,
      verbose: 0,
      metrics: ['accuracy'],
      validationData: { x: floats(given.heldX), y: floats(given.heldY) },
    } as const;
    const examples = { x: floats(given.x), y: floats(given.y) };
    const ema = { emaMomentum: fixture.momentum, swapOnEpoch: given.swapOnEpoch };
    for (const averageStatistics of [false, true]) {
      const model = network(given.start);
      const optimizer = optimizersOf[i]!();
      const watch = new Watch();
      const callbacks = [watch, new SwapEMAWeights({ ...ema, averageStatistics })];
      const { history } = await train(model, examples, { ...options, optimizer, callbacks });
      const end = weightsOf(model);
      // Layer 1 is the batch normalisation: gamma, beta, mean and variance are weights 2 to 5.
      if (averageStatistics) {
        same(end.slice(4, 6), given.statistics, 'statistics');
      } else {
        for (const [key, values] of Object.entries(given.history)) {
          for (const [epoch, value] of values.entries()) {
            const found = history[key]![epoch]!;
            assert.ok(close(found, value, 2e-5), `${key} ${epoch}: ${found}, not ${value}`);
          }
        }
        for (const [epoch, weights] of given.epochs.entries()) {
          same(watch.epochs[epoch]!, weights, `epoch ${epoch}`);
        }
        same(end, given.end, 'end');
      }
      model.dispose();
      optimizer.dispose();
    }
  });
}

const quiet = { verbose: 0, batchSize: 16, seed: 1 } as const;

test('early stopping and checkpoints keep what was validated', async () => {
  setSeed(1);
  const folder = temporaryFolder('gradbook-ema');
  const model = smallCnn();
  const validation = stripes(32, 4, 2);
  const before = tf.memory().numTensors;
  const best = new EarlyStopping({ patience: 9, restoreBestWeights: true });
  const saved = new ModelCheckpoint({ filepath: folder, saveBestOnly: true });
  const { history, bestEpoch } = await train(model, stripes(64), {
    ...quiet,
    epochs: 5,
    learningRate: 0.05,
    validationData: validation,
    callbacks: [best, saved, new SwapEMAWeights({ emaMomentum: 0.7 })],
  });
  const expected = history['val_loss']![bestEpoch!]!;
  assert.equal(expected, Math.min(...history['val_loss']!));
  assert.equal((await evaluate(model, validation, { batchSize: 16 }))['loss'], expected);
  assert.equal(tf.memory().numTensors, before);
  const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
  assert.deepEqual(weightsOf(loaded), weightsOf(model));
  loaded.dispose();
  model.dispose();
  fs.rmSync(folder, { recursive: true });
});

test('a training that continues from a backup ends in the same averages, bit for bit', async () => {
  const folder = temporaryFolder('gradbook-ema');
  class Stop extends Callback {
    private left = 7;
    override onBatchEnd(): void {
      if (--this.left === 0) interrupt();
    }
  }
  const run = (model: LayersModel, more: Callback[]) =>
    train(model, stripes(64), {
      ...quiet,
      epochs: 3,
      validationData: stripes(20, 4, 2),
      callbacks: [new SwapEMAWeights({ emaMomentum: 0.9 }), ...more],
    });
  const ends: { weights: number[][]; loss: number[] }[] = [];
  for (const cut of [false, true]) {
    setSeed(3);
    let model: LayersModel = smallCnn();
    const backup = { backupDir: path.join(folder, String(cut)), saveFreq: 3 };
    if (cut) {
      await run(model, [new BackupAndRestore(backup), new Stop()]);
      model.dispose();
      model = smallCnn();
    }
    const { history } = await run(model, [new BackupAndRestore(backup)]);
    ends.push({ weights: weightsOf(model), loss: history['val_loss']! });
    model.dispose();
  }
  assert.deepEqual(ends[1], ends[0]);
  fs.rmSync(folder, { recursive: true });
});

test('after an error the weights are restored, also with a constraint', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [8, 8, 3] }),
      tf.layers.dense({
        units: 4,
        activation: 'softmax',
        kernelConstraint: tf.constraints.unitNorm({ axis: 0 }),
      }),
    ],
  });
  const before = tf.memory().numTensors;
  let trained: number[][] = [];
  class Fail extends Callback {
    override onBatchEnd(): void {
      trained = weightsOf(this.training.model);
    }
    override onEpochEnd(epoch: number): void {
      assert.notDeepEqual(weightsOf(this.training.model), trained);
      if (epoch === 1) throw new Error('stop here');
    }
  }
  for (const validation of [undefined, stripes(8, 4, 2)]) {
    const callbacks = [new Fail(), new SwapEMAWeights({ emaMomentum: 0.5 })];
    const options = {
      ...quiet,
      epochs: 3,
      callbacks,
      ...(validation && { validationData: validation }),
    };
    await assert.rejects(train(model, stripes(32), options), { message: 'stop here' });
    assert.deepEqual(weightsOf(model), trained);
    assert.equal(tf.memory().numTensors, before);
  }
  model.dispose();
});

test('a momentum out of range is an error', () => {
  for (const emaMomentum of [-0.1, 1, Number.NaN]) {
    assert.throws(() => new SwapEMAWeights({ emaMomentum }), { code: 'bad-option' });
  }
});

test('averages are the same when the step is one function of TensorFlow', async () => {
  const ends: number[][][] = [];
  for (const runEagerly of [true, false]) {
    setSeed(5);
    const model = smallCnn();
    const before = tf.memory().numTensors;
    await train(model, stripes(80), {
      ...quiet,
      epochs: 5,
      runEagerly,
      validationData: stripes(20, 4, 2),
      callbacks: [new SwapEMAWeights({ emaMomentum: 0.9 })],
    });
    assert.equal(tf.memory().numTensors, before);
    ends.push(weightsOf(model));
    model.dispose();
  }
  for (const [i, weights] of ends[0]!.entries()) {
    for (const [j, value] of weights.entries()) {
      const found = ends[1]![i]![j]!;
      assert.ok(close(found, value, 1e-4), `weight ${i}: ${found}, not ${value}`);
    }
  }
});
