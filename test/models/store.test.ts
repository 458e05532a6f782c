import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { cnn, loadModel, modelFolder, modelMetadata, saveModel } from '../../lib/models';
import { inWorkspace, random, setSeed, tf } from '../../lib/runtime';
import { ModelCheckpoint, train } from '../../lib/training';
import { temporaryFolder } from '../temporary-folder';
import { smallCnn, stripes } from '../training/examples';

const cache = temporaryFolder('gradbook-models');
const small = { filters: [4], units: [4], inputShape: [8, 8, 3] } as const;

before(() => {
  setSeed(1);
  process.env['GRADBOOK_CACHE'] = cache;
});
after(() => {
  delete process.env['GRADBOOK_CACHE'];
  fs.rmSync(cache, { recursive: true });
});

test('a network is loaded with its weights and metadata', async () => {
  const model = cnn(small);
  const x = tf.randomUniform([3, 8, 8, 3]);
  const tensors = tf.memory().numTensors;
  const state = random().getState();
  const saved = await saveModel('cnn', model, { profile: 'smoke', seed: 1, accuracy: 0.5 });
  assert.equal(inWorkspace(saved), modelFolder('cnn'));
  random().next();
  const loaded = await loadModel('cnn');
  assert.deepEqual(loaded.metadata, { profile: 'smoke', seed: 1, accuracy: 0.5 });
  assert.equal(loaded.randomState, state);
  assert.deepEqual(modelMetadata('cnn'), loaded.metadata);
  const [before_, after_] = tf.tidy(() =>
    [model, loaded.model].map((net) => (net.predict(x) as Tensor).dataSync()),
  );
  assert.deepEqual(after_, before_);
  loaded.model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('plain tfjs loads what saveModel wrote', async () => {
  const model = cnn(small);
  const x = tf.randomUniform([3, 8, 8, 3]);
  await saveModel('plain', model, { seed: 1 });
  const loaded = await tf.loadLayersModel(`file://${modelFolder('plain')}/model.json`);
  const [expected, found] = tf.tidy(() =>
    [model, loaded].map((net) => (net.predict(x) as Tensor).dataSync()),
  );
  assert.deepEqual(found, expected);
  assert.deepEqual(loaded.getUserDefinedMetadata(), { seed: 1 });
});

test('saving again replaces the weights and leaves no other files', async () => {
  await saveModel('cnn', cnn(small), { seed: 2 });
  const old = path.join(modelFolder('cnn'), 'weights-0123456789abcdef.bin.1.01234567.tmp');
  fs.writeFileSync(old, 'half');
  await saveModel('cnn', cnn(small), { seed: 2 });
  assert.deepEqual(modelMetadata('cnn'), { seed: 2 });
  const [json, weights, ...others] = fs.readdirSync(modelFolder('cnn')).sort();
  assert.equal(json, 'model.json');
  assert.match(weights!, /^weights-[0-9a-f]{16}\.bin$/);
  assert.deepEqual(others, []);
});

test('a missing model or an invalid name is an error', async () => {
  assert.equal(modelMetadata('none'), undefined);
  await assert.rejects(loadModel('none'), { code: 'missing-file', message: /no model 'none'/ });
  for (const name of ['', '..', 'a/b', 'a b']) {
    await assert.rejects(saveModel(name, cnn(small)), { code: 'bad-option' });
  }
});

/** The content with one bit of the byte at `at` flipped. */
function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at]! ^= 1;
  return flipped;
}

test('damage anywhere in a saved model is detected', async () => {
  await saveModel('whole', cnn(small), { seed: 3 });
  const folder = modelFolder('whole');
  const tensors = tf.memory().numTensors;
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    const bytes = fs.readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    const seed = bytes.indexOf('"seed":3') + 7;
    const spoilt: [string, Buffer][] = [
      ['zeroed tail', Buffer.from(bytes).fill(0, bytes.length - 100)],
      ['zeroed from the middle', Buffer.from(bytes).fill(0, middle)],
      ['cut short', bytes.subarray(0, middle)],
      ['a longer tail', Buffer.concat([bytes, Buffer.alloc(4)])],
      ['empty', Buffer.alloc(0)],
      ...[0, 1, middle, bytes.length - 1].map((at): [string, Buffer] => [
        `bit at ${at}`,
        flip(bytes, at),
      ]),
    ];
    if (name === 'model.json') spoilt.push(['another seed', flip(bytes, seed)]);
    for (const [what, content] of spoilt) {
      fs.writeFileSync(file, content);
      await assert.rejects(loadModel('whole'), { code: 'bad-file' }, `${what} of ${name}`);
      if (name === 'model.json') {
        assert.throws(() => modelMetadata('whole'), { code: 'bad-file' }, what);
      }
    }
    fs.writeFileSync(file, bytes);
  }
  (await loadModel('whole')).model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

/** The model in the earlier single-file format. */
function singleFile(model: LayersModel, metadata: object, format: number): Buffer {
  const specs = model.weights.map(({ originalName, shape }) => ({
    name: originalName,
    shape,
    dtype: 'float32',
  }));
  const weights = Buffer.concat(
    model.getWeights().map((weight) => Buffer.from(weight.dataSync().slice().buffer)),
  );
  const header = {
    format: `gradbook-model-${format}`,
    topology: JSON.parse(model.toJSON(null, true) as unknown as string),
    weights: specs,
    weightBytes: weights.length,
    metadata,
  };
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), weights]);
  const digest = crypto.createHash('sha256').update(content).digest();
  return format === 1 ? content : Buffer.concat([content, digest]);
}

test('single-file models are still read and checked, and replaced when saved again', async () => {
  const model = cnn(small);
  const tensors = tf.memory().numTensors;
  const file = `${modelFolder('old')}.model`;
  for (const format of [1, 2]) {
    fs.writeFileSync(file, singleFile(model, { seed: 4 }, format));
    assert.deepEqual(modelMetadata('old'), { seed: 4 });
    const loaded = await loadModel('old');
    assert.deepEqual(loaded.metadata, { seed: 4 });
    for (const [i, weight] of loaded.model.getWeights().entries()) {
      assert.deepEqual(weight.dataSync(), model.getWeights()[i]!.dataSync());
    }
    loaded.model.dispose();
  }
  const bytes = fs.readFileSync(file);
  for (const content of [flip(bytes, bytes.length - 40), bytes.subarray(0, -4), Buffer.from('x')]) {
    fs.writeFileSync(file, content);
    await assert.rejects(loadModel('old'), { code: 'bad-file' });
    assert.throws(() => modelMetadata('old'), { code: 'bad-file' });
  }
  await saveModel('old', model);
  assert.ok(!fs.existsSync(file));
  assert.equal(tf.memory().numTensors, tensors);
});

test('the folder that ModelCheckpoint writes is loaded, and checked', async () => {
  const model = smallCnn();
  const examples = stripes(8);
  const x = tf.randomUniform([2, 8, 8, 3]);
  const checkpoint = path.join(cache, 'checkpoint');
  const callbacks = [new ModelCheckpoint({ filepath: checkpoint })];
  await train(model, examples, { epochs: 1, batchSize: 4, callbacks, verbose: 0 });
  const expected = tf.tidy(() => (model.predict(x) as Tensor).dataSync());
  const tensors = tf.memory().numTensors;
  for (const name of [checkpoint, path.join(checkpoint, 'model.json')]) {
    const loaded = await loadModel(name);
    assert.deepEqual(loaded.metadata, {});
    assert.deepEqual(
      tf.tidy(() => (loaded.model.predict(x) as Tensor).dataSync()),
      expected,
    );
    loaded.model.dispose();
  }
  const weights = path.join(
    checkpoint,
    fs.readdirSync(checkpoint).find((name) => name.endsWith('.bin'))!,
  );
  const bytes = fs.readFileSync(weights);
  fs.writeFileSync(weights, Buffer.from(bytes).fill(0, bytes.length - 64));
  await assert.rejects(loadModel(checkpoint), { code: 'bad-file', message: /is damaged/ });
  fs.rmSync(weights);
  await assert.rejects(loadModel(checkpoint), { code: 'bad-file', message: /is missing/ });
  // Plain tfjs names its weight files differently: then their length is checked.
  await model.save(`file://${checkpoint}`);
  (await loadModel(checkpoint)).model.dispose();
  fs.appendFileSync(path.join(checkpoint, 'weights.bin'), 'tail');
  await assert.rejects(loadModel(checkpoint), { code: 'bad-file', message: /needs/ });
  for (const text of [
    '{"modelTopology"',
    '{}',
    'null',
    '{"format":"graph-model","modelTopology":{}}',
  ]) {
    fs.writeFileSync(path.join(checkpoint, 'model.json'), text);
    await assert.rejects(loadModel(checkpoint), { code: 'bad-file' });
  }
  await assert.rejects(loadModel('no/such'), { code: 'missing-file', message: /no model\.json/ });
  assert.equal(tf.memory().numTensors, tensors);
});

/** A network with three of the same inner names, in which the second is frozen. */
function nested() {
  const [a, b, c] = ['a', 'b', 'c'].map((name) =>
    tf.sequential({
      name,
      layers: [
        tf.layers.dense({ name: 'inner', units: 4, inputShape: [4] }),
        tf.layers.batchNormalization({ name: 'norm' }),
      ],
    }),
  );
  b!.layers[0]!.trainable = false;
  return tf.sequential({ layers: [a!, b!, c!] });
}

test('nested networks with equal inner names are saved and loaded', async () => {
  const model = nested();
  // Each weight has different values.
  model.setWeights(model.getWeights().map((weight, i) => tf.fill(weight.shape, 0.1 * (i + 1))));
  const x = tf.randomUniform([3, 4]);
  const tensors = tf.memory().numTensors;
  await saveModel('nested', model);
  const { model: loaded } = await loadModel('nested');
  assert.equal(tf.memory().numTensors, tensors + loaded.weights.length);
  const [expected, found] = tf.tidy(() =>
    [model, loaded].map((net) => (net.predict(x) as Tensor).dataSync()),
  );
  assert.deepEqual(found, expected);
  for (const [i, layer] of model.layers.entries()) {
    for (const [j, part] of (layer as LayersModel).layers.entries()) {
      const other = (loaded.layers[i] as LayersModel).layers[j]!;
      for (const [k, weight] of part.getWeights().entries()) {
        assert.deepEqual(other.getWeights()[k]!.dataSync(), weight.dataSync());
      }
    }
  }
});

test('a layer shared by such networks is an error before anything is written', async () => {
  const shared = tf.layers.dense({ name: 'inner', units: 4, inputShape: [4] });
  const model = tf.sequential({
    layers: ['a', 'b'].map((name) => tf.sequential({ name, layers: [shared] })),
  });
  await assert.rejects(saveModel('shared', model), { code: 'bad-model', message: /share a layer/ });
  assert.ok(!fs.existsSync(modelFolder('shared')));
});

test('ModelCheckpoint refuses equal names before the first epoch', async () => {
  const filepath = path.join(cache, 'refused');
  const x = { shape: [4, 4], values: new Float32Array(16) };
  const model = nested();
  model.add(tf.layers.dense({ units: 4 }));
  const weights = model.getWeights().map((weight) => weight.dataSync());
  await assert.rejects(
    train(
      model,
      { x, y: x },
      { epochs: 1, verbose: 0, callbacks: [new ModelCheckpoint({ filepath })] },
    ),
    { code: 'bad-model', message: /'norm\/gamma' of 'b' has the name of one of 'a'/ },
  );
  assert.deepEqual(
    model.getWeights().map((weight) => weight.dataSync()),
    weights,
  );
  assert.ok(!fs.existsSync(filepath));
});
