import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { LayersModel, layers, Shape, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { labelFrame } from '../lib/data';
import { readLabels } from '../lib/data/labels';
import { loadModel, saveModel } from '../lib/models';
import { Random, tf } from '../lib/runtime';
import { type History, loadHistory, saveHistory } from '../lib/training';
import { emptyHistory } from '../lib/training/history';
import { readState, writeState } from '../lib/training/state-file';
import { hostileNames } from './data/hostile-names';
import { setOf } from './data/sets';
import { temporaryFolder } from './temporary-folder';

// Written values are read back unchanged: values drawn by a seeded generator.

const folder = temporaryFolder('gradbook-round-trips');
before(() => {
  process.env['GRADBOOK_MODELS'] = path.join(folder, 'models');
});
after(() => {
  delete process.env['GRADBOOK_MODELS'];
  fs.rmSync(folder, { recursive: true, force: true });
});

const random = new Random(20);
const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)]!;
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const strangeNumbers = [
  0,
  -0,
  1e-45,
  1e300,
  0.1 + 0.2,
  Number.NaN,
  1 / 0,
  -1 / 0,
  2 ** 53,
  -1e-320,
];
const number = () => (random.next() < 0.5 ? pick(strangeNumbers) : random.normal());

test('histories, with NaN, infinities and any names of metrics', () => {
  for (let i = 0; i < 40; i++) {
    const epochs = random.integer(0, 5);
    const history: History = {
      ...emptyHistory({ epochs, steps: 3, batchSize: 2, examples: 6, seed: i }),
      epoch: times(epochs, (epoch) => epoch),
      // JSON has no negative zero.
      history: Object.fromEntries(
        times(random.integer(0, 4), () => [pick(hostileNames), times(epochs, () => number() + 0)]),
      ),
      seconds: times(epochs, () => random.next()),
      stoppedEpoch: pick([null, 2]),
    };
    const file = path.join(folder, 'history.json');
    saveHistory(file, history);
    const { history: read, ...rest } = loadHistory(file);
    const { history: written, ...before } = history;
    assert.deepEqual(rest, before);
    assert.deepEqual(Object.entries(read), Object.entries(written));
  }
});

test('states of trainings: nested values, typed arrays at any offset, every bit of a number', () => {
  const array = () => {
    const kind = pick([Float32Array, Int32Array, Uint8Array]);
    return kind.from(times(random.integer(0, 9), () => number()));
  };
  const value = (depth: number): never =>
    pick([
      () => null,
      () => random.next() < 0.5,
      number,
      () => pick(hostileNames),
      array,
      () => times(random.integer(0, 3), () => (depth > 0 ? value(depth - 1) : number())),
      () =>
        Object.fromEntries(
          times(random.integer(0, 3), () => [
            pick(hostileNames),
            depth > 0 ? value(depth - 1) : array(),
          ]),
        ),
    ])() as never;
  const file = path.join(folder, 'training.state');
  for (let i = 0; i < 200; i++) {
    const state = { value: value(4), more: value(2) };
    writeState(file, state);
    assert.deepEqual(readState(file), state);
  }
});

test('labels of any names by CSV, but those with commas, which danfo does not quote', () => {
  const danfo = require('danfojs-node') as typeof import('danfojs-node');
  const known = hostileNames.filter((name) => !/[,"]/.test(name) && name.trim() !== '');
  for (let i = 0; i < 20; i++) {
    const count = random.integer(1, 12);
    const primary = times(count, () => random.integer(0, 2));
    const secondary = primary.map((label) => pick([-1, (label + 1) % 3]));
    const start = random.integer(0, known.length - 3);
    const set = { ...setOf(primary, secondary), classNames: known.slice(start, start + 3) };
    const file = path.join(folder, 'labels.csv');
    fs.writeFileSync(file, danfo.toCSV(labelFrame(set)) as unknown as string);
    const read = readLabels(file, set.classNames);
    assert.deepEqual([Array.from(read.primary), Array.from(read.secondary)], [primary, secondary]);
  }
});

const l = tf.layers;
const anyLayer = (): layers.Layer =>
  pick([
    () =>
      l.dense({
        units: random.integer(1, 4),
        activation: pick(['relu', 'tanh', 'sigmoid'] as const),
      }),
    () => l.batchNormalization({}),
    () => l.dropout({ rate: 0.3 }),
    () => l.reLU({ maxValue: 6 }),
    () => l.dense({ units: 3, useBias: false, kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }) }),
  ])();

/** A chain of layers with a branch or two, or a network in a network. */
function anyModel(depth = 1): LayersModel {
  const input = tf.input({ shape: [3] as Shape });
  let x: SymbolicTensor = input;
  for (let i = random.integer(1, 4); i > 0; i--) {
    if (depth > 0 && random.next() < 0.3) {
      const inner = anyModel(0);
      const fit = l.dense({ units: 3 }).apply(x) as SymbolicTensor;
      x = inner.apply(fit) as SymbolicTensor;
    } else if (random.next() < 0.3) {
      const left = l.dense({ units: 2 }).apply(x) as SymbolicTensor;
      const right = l.dense({ units: 2 }).apply(x) as SymbolicTensor;
      x = pick([l.concatenate(), l.add(), l.multiply()]).apply([left, right]) as SymbolicTensor;
    } else x = anyLayer().apply(x) as SymbolicTensor;
  }
  return tf.model({ inputs: input, outputs: l.dense({ units: 2 }).apply(x) as SymbolicTensor });
}

/** Whether each layer with weights is trainable. */
const frozen = (model: LayersModel) =>
  model.layers.filter(({ weights }) => weights.length > 0).map(({ trainable }) => trainable);

test('networks: layers, weights bit for bit, what is frozen, and what they predict', async () => {
  const before = tf.memory().numTensors;
  for (let i = 0; i < 25; i++) {
    const model = anyModel();
    tf.tidy(() =>
      model.setWeights(
        model.getWeights().map(({ shape, size }) =>
          tf.tensor(
            times(size, () => Math.fround(pick([0, -0, 1e-40, 0.5, random.normal()]))),
            shape,
          ),
        ),
      ),
    );
    for (const layer of model.layers) layer.trainable = random.next() < 0.7;
    const about = { note: pick(hostileNames), value: random.next() };
    await saveModel(`any-${i}`, model, about);
    const { model: read, metadata } = await loadModel(`any-${i}`);
    assert.deepEqual(metadata, about);
    const [then, now] = [model, read].map((one) =>
      one.getWeights().map((weight) => new Int32Array(weight.dataSync().buffer)),
    );
    assert.deepEqual(now, then);
    assert.deepEqual(frozen(read), frozen(model));
    const outputs = tf.tidy(() => {
      const x = tf.ones([2, 3]);
      return [model, read].map((one) => Array.from((one.predict(x) as Tensor).dataSync()));
    });
    assert.deepEqual(outputs[1], outputs[0]);
    model.dispose();
    read.dispose();
  }
  assert.equal(tf.memory().numTensors, before);
});
