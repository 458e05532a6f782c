import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { splitAtFreeze, submodel, summarize, transferModel, unfreezeLast } from '../../lib/models';
import { optimizers } from '../../lib/ops';
import { Random, setSeed, tf } from '../../lib/runtime';
import { computeFeatures, losses, train } from '../../lib/training';
import { temporaryFolder } from '../temporary-folder';

const folder = temporaryFolder('gradbook-features');
before(() => {
  process.env['GRADBOOK_CACHE'] = folder;
});
after(() => {
  delete process.env['GRADBOOK_CACHE'];
  fs.rmSync(folder, { recursive: true });
});

test("layers and totals are the paper's, frozen and with the last ten unfrozen", async () => {
  const model = await transferModel({ weights: null });
  const { rows, total, trainable, nonTrainable } = summarize(model);
  assert.deepEqual(
    rows.map(({ name, className, outputShape, params }) =>
      [name, className, outputShape, params].join(' '),
    ),
    [
      'mobilenet_1.00_224 Functional (None, 7, 7, 1024) 3228864',
      'global_average_pooling2d GlobalAveragePooling2D (None, 1024) 0',
      'dense Dense (None, 256) 262400',
      'batch_normalization BatchNormalization (None, 256) 1024',
      'dropout Dropout (None, 256) 0',
      'dense_1 Dense (None, 128) 32896',
      'dropout_1 Dropout (None, 128) 0',
      'dense_2 Dense (None, 128) 16512',
      'dropout_2 Dropout (None, 128) 0',
      'dense_3 Dense (None, 64) 8256',
      'dense_4 Dense (None, 10) 650',
    ],
  );
  assert.deepEqual(
    { total, trainable, nonTrainable },
    {
      total: 3_550_602,
      trainable: 321_226,
      nonTrainable: 3_229_376,
    },
  );

  unfreezeLast(model, 10);
  const tuned = summarize(model);
  assert.deepEqual(
    { total: tuned.total, trainable: tuned.trainable, nonTrainable: tuned.nonTrainable },
    { total: 3_550_602, trainable: 1_909_450, nonTrainable: 1_641_152 },
  );
  const base = model.getLayer('mobilenet_1.00_224') as unknown as LayersModel;
  const trained = base.layers.filter((layer) => layer.trainableWeights.length > 0);
  assert.deepEqual(
    trained.map(({ name }) => name),
    ['conv_pw_12', 'conv_pw_12_bn', 'conv_dw_13', 'conv_dw_13_bn', 'conv_pw_13', 'conv_pw_13_bn'],
  );

  unfreezeLast(model, 0);
  assert.equal(summarize(model).trainable, 321_226);
  assert.throws(() => unfreezeLast(model, 1000), { code: 'bad-option', message: /count 1000/ });
});

test('unfrozen batch norms take a momentum, frozen ones keep theirs', async () => {
  const model = await transferModel({ weights: null });
  unfreezeLast(model, 10, { momentum: 0.9 });
  const base = model.getLayer('mobilenet_1.00_224') as unknown as LayersModel;
  const momentums = Object.fromEntries(
    base.layers.flatMap((layer) => {
      const { momentum } = layer.getConfig();
      return momentum === undefined ? [] : [[layer.name, momentum]];
    }),
  );
  assert.equal(Object.keys(momentums).length, 27);
  assert.deepEqual(
    Object.keys(momentums).filter((name) => momentums[name] === 0.9),
    ['conv_pw_12_bn', 'conv_dw_13_bn', 'conv_pw_13_bn'],
  );
  assert.equal(momentums['conv_dw_12_bn'], 0.99);

  // The moving mean after a batch, by hand.
  const norm = base.getLayer('conv_pw_13_bn');
  const mean = () => norm.getWeights()[2]!.dataSync().slice();
  const before = mean();
  const x = tf.randomNormal([2, 7, 7, 1024], 1, 1, 'float32', 3);
  const ofBatch = x.mean([0, 1, 2]).dataSync();
  (norm.apply(x, { training: true }) as tf.Tensor).dispose();
  const after = mean();
  before.forEach((value, c) => {
    assert.ok(Math.abs(after[c]! - (0.9 * value + 0.1 * ofBatch[c]!)) < 1e-5);
  });
  for (const momentum of [1, -0.1, Number.NaN]) {
    assert.throws(() => unfreezeLast(model, 10, { momentum }), { code: 'bad-option' });
  }
});

test('the network is split before the first trainable layer', async () => {
  const model = await transferModel({ weights: null });
  assert.equal(splitAtFreeze(model).boundary, 'global_average_pooling2d');
  unfreezeLast(model, 10);
  const { boundary, frozen, trained } = splitAtFreeze(model);
  assert.equal(boundary, 'conv_dw_12_relu');
  assert.deepEqual(frozen.outputs[0]!.shape, [null, 7, 7, 512]);
  assert.equal(frozen.countParams() + trained.countParams(), model.countParams());
  unfreezeLast(model, 85);
  assert.throws(() => splitAtFreeze(model), { code: 'bad-network', message: /nothing .* frozen/ });
});

/** A chain with a frozen half that holds a batch norm, as MobileNet does. */
function halfFrozen(): LayersModel {
  setSeed(1);
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'a', inputShape: [8, 8, 3], filters: 4, kernelSize: 3 }),
      tf.layers.batchNormalization({ name: 'a_bn' }),
      tf.layers.reLU({ name: 'a_relu', maxValue: 6 }),
      tf.layers.conv2d({ name: 'b', filters: 4, kernelSize: 3 }),
      tf.layers.batchNormalization({ name: 'b_bn' }),
      tf.layers.reLU({ name: 'b_relu' }),
      tf.layers.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' }),
      tf.layers.dense({ name: 'types', units: 3, activation: 'softmax' }),
    ],
  });
  const statistics = model.getLayer('a_bn').weights.slice(2);
  statistics[0]!.write(tf.tensor1d([0.2, -0.3, 0.1, 0]));
  statistics[1]!.write(tf.tensor1d([0.5, 2, 1.5, 0.8]));
  for (const name of ['a', 'a_bn']) model.getLayer(name).trainable = false;
  return model;
}

function someRows(count: number) {
  const generator = new Random(3);
  const x = { shape: [count, 8, 8, 3], values: new Uint8Array(count * 192), scale: 1 / 255 };
  for (let i = 0; i < x.values.length; i++) x.values[i] = generator.integer(0, 256);
  const y = { shape: [count, 3], values: new Float32Array(count * 3) };
  for (let i = 0; i < count; i++) y.values[i * 3 + generator.integer(0, 3)] = 1;
  return { x, y };
}

test('training on kept features is training the whole network', async () => {
  const { x, y } = someRows(24);
  const options = {
    epochs: 3,
    batchSize: 8,
    seed: 5,
    verbose: 0,
    loss: losses.categoricalCrossentropy(),
  } as const;
  const whole = halfFrozen();
  const wholeHistory = await train(
    whole,
    { x, y },
    { ...options, optimizer: optimizers.rmsprop() },
  );

  const cut = halfFrozen();
  const { frozen, trained, boundary } = splitAtFreeze(cut);
  assert.equal(boundary, 'a_relu');
  const { rows } = await computeFeatures(frozen, x);
  const cutHistory = await train(
    trained,
    { x: rows, y },
    {
      ...options,
      optimizer: optimizers.rmsprop(),
    },
  );

  for (const [i, loss] of cutHistory.history['loss']!.entries()) {
    assert.ok(Math.abs(loss - wholeHistory.history['loss']![i]!) < 1e-5);
  }
  const weights = whole.getWeights();
  for (const [i, weight] of cut.getWeights().entries()) {
    const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(weight, weights[i]!))).dataSync()[0]!);
    assert.ok(difference < 1e-5, `weight ${i} differs by ${difference}`);
  }
});

test('features are read from the cache the second time, but not after any change', async () => {
  const { x } = someRows(10);
  const model = halfFrozen();
  const part = submodel(model, { upTo: 'a_relu' });
  const first = await computeFeatures(part, x, { batchSize: 4 });
  const tensors = tf.memory().numTensors;
  const again = await computeFeatures(part, x);
  assert.equal(first.cached, false);
  assert.equal(again.cached, true);
  assert.deepEqual(again.rows, first.rows);
  assert.equal(again.rate, first.rate);
  assert.equal((await computeFeatures(halfFrozenPart(), x)).cached, true);

  x.values[0]! ^= 1;
  assert.equal((await computeFeatures(part, x)).cached, false);
  assert.equal((await computeFeatures(part, { ...x, scale: 1 / 128 })).cached, false);
  const kernel = model.getLayer('a').weights[0]!;
  tf.tidy(() => void kernel.write(tf.add(kernel.read(), 0.001)));
  assert.equal((await computeFeatures(part, x)).cached, false);
  assert.equal((await computeFeatures(part, x, { cache: false })).cached, false);
  assert.equal(tf.memory().numTensors - tensors, halfFrozenTensors);
});

let halfFrozenTensors = 0;
function halfFrozenPart(): LayersModel {
  const before_ = tf.memory().numTensors;
  const part = submodel(halfFrozen(), { upTo: 'a_relu' });
  halfFrozenTensors = tf.memory().numTensors - before_;
  return part;
}

test('a damaged feature file is computed again', async () => {
  const { x } = someRows(6);
  const part = submodel(halfFrozen(), { upTo: 'a' });
  const first = await computeFeatures(part, x);
  const features = path.join(folder, 'features');
  for (const name of fs.readdirSync(features)) fs.truncateSync(path.join(features, name), 1030);
  const again = await computeFeatures(part, x);
  assert.equal(again.cached, false);
  assert.deepEqual(again.rows, first.rows);
});

test('features that cannot be cached are still returned', async (t) => {
  const { x } = someRows(6);
  const part = submodel(halfFrozen(), { upTo: 'a' });
  const kept = await computeFeatures(part, x, { cache: false });
  const file = path.join(folder, 'not-a-folder');
  fs.writeFileSync(file, '');
  process.env['GRADBOOK_CACHE'] = file;
  t.after(() => {
    process.env['GRADBOOK_CACHE'] = folder;
  });
  const warn = t.mock.method(console, 'warn', () => {});
  const again = await computeFeatures(part, x);
  assert.deepEqual(again.rows, kept.rows);
  assert.match(String(warn.mock.calls[0]!.arguments[0]), /not cached \(E/);
});

test('images of another size are resized as TensorFlow does it', async () => {
  const { x } = someRows(2);
  const input = tf.input({ shape: [16, 16, 3] });
  const output = tf.layers.reLU().apply(input) as SymbolicTensor;
  const identity = tf.model({ inputs: input, outputs: output });
  const { rows } = await computeFeatures(identity, x, { cache: false });
  // Half-pixel centres: the corner stays, the next pixel is three quarters of the first.
  const [a, b] = [x.values[0]! / 255, x.values[3]! / 255];
  assert.ok(Math.abs(rows.values[0]! - a) < 1e-6);
  assert.ok(Math.abs(rows.values[3]! - (0.75 * a + 0.25 * b)) < 1e-6);
  const wrong = { shape: [2, 5], values: new Float32Array(10) };
  await assert.rejects(computeFeatures(identity, wrong), { code: 'bad-shape' });
});

test('only a plain chain can be split', () => {
  const input = tf.input({ shape: [4] });
  const left = tf.layers.dense({ units: 2 }).apply(input);
  const joined = tf.layers.concatenate({ name: 'join' }).apply([left, left] as never);
  const model = tf.model({ inputs: input, outputs: joined as never });
  assert.throws(() => submodel(model, { upTo: 'join' }), { code: 'bad-network' });
  const chain = halfFrozen();
  assert.throws(() => submodel(chain, { after: 'nowhere' }), {
    code: 'bad-layer',
    message: /nowhere/,
  });
  assert.throws(() => submodel(chain, { after: 'b', upTo: 'a' }), { code: 'bad-layer' });
  const x = tf.zeros([1, 8, 8, 3]);
  const said = submodel(chain, {}).predict(x) as Tensor;
  assert.deepEqual(said.dataSync(), (chain.predict(x) as Tensor).dataSync());
});
