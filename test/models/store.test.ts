import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { cnn, loadModel, modelFile, modelMetadata, saveModel } from '../../lib/models';
import { inWorkspace, setSeed, tf } from '../../lib/runtime';
import { ModelCheckpoint, train } from '../../lib/training';
import { smallCnn, stripes } from '../training/examples';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-models-'));
const small = { filters: [4], units: [4], inputShape: [8, 8, 3] } as const;

before(() => {
  setSeed(1);
  process.env['GRADBOOK_CACHE'] = folder;
});
after(() => {
  delete process.env['GRADBOOK_CACHE'];
  fs.rmSync(folder, { recursive: true });
});

test('a network comes back with its weights and what was said of it', async () => {
  const model = cnn(small);
  const x = tf.randomUniform([3, 8, 8, 3]);
  const tensors = tf.memory().numTensors;
  const file = await saveModel('cnn', model, { profile: 'smoke', seed: 1, accuracy: 0.5 });
  assert.equal(inWorkspace(file), modelFile('cnn'));
  const loaded = await loadModel('cnn');
  assert.deepEqual(loaded.metadata, { profile: 'smoke', seed: 1, accuracy: 0.5 });
  assert.deepEqual(modelMetadata('cnn'), loaded.metadata);
  const [before_, after_] = tf.tidy(() =>
    [model, loaded.model].map((net) => (net.predict(x) as Tensor).dataSync()),
  );
  assert.deepEqual(after_, before_);
  loaded.model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('saving again replaces the file and leaves nothing beside it', async () => {
  await saveModel('cnn', cnn(small), { seed: 2 });
  assert.deepEqual(modelMetadata('cnn'), { seed: 2 });
  assert.deepEqual(fs.readdirSync(path.dirname(modelFile('cnn'))), ['cnn.model']);
});

test('what was never saved, is cut short or badly named is refused', async () => {
  assert.equal(modelMetadata('none'), undefined);
  await assert.rejects(loadModel('none'), { code: 'missing-file', message: /no model 'none'/ });
  fs.truncateSync(modelFile('cnn'), fs.statSync(modelFile('cnn')).size - 4);
  await assert.rejects(loadModel('cnn'), { code: 'bad-file', message: /not a whole model file/ });
  fs.writeFileSync(modelFile('cnn'), 'text');
  await assert.rejects(loadModel('cnn'), { code: 'bad-file' });
  for (const name of ['', '..', 'a/b', 'a b']) {
    await assert.rejects(saveModel(name, cnn(small)), { code: 'bad-option' });
  }
});

test('damage anywhere in a saved model is found; the form without a hash is still read', async () => {
  const model = cnn(small);
  await saveModel('whole', model, { seed: 3 });
  const file = modelFile('whole');
  const bytes = fs.readFileSync(file);
  const tensors = tf.memory().numTensors;
  const start = bytes.indexOf(10) + 1;
  const end = bytes.length - 32;
  const spoilt: [string, Buffer][] = [
    ['zeroed tail', Buffer.from(bytes).fill(0, bytes.length - 100)],
    ['zeroed weights', Buffer.from(bytes).fill(0, end - 100, end)],
    ['zeroed from the middle', Buffer.from(bytes).fill(0, start + 50)],
    ['a longer tail', Buffer.concat([bytes, Buffer.alloc(4)])],
    ['empty', Buffer.alloc(0)],
  ];
  for (const at of [
    start - 5,
    start,
    Math.floor((start + end) / 2),
    end - 1,
    end,
    bytes.length - 1,
  ]) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1;
    spoilt.push([`bit at ${at}`, flipped]);
  }
  for (const [what, content] of spoilt) {
    fs.writeFileSync(file, content);
    await assert.rejects(loadModel('whole'), { code: 'bad-file' }, what);
    assert.throws(() => modelMetadata('whole'), { code: 'bad-file' }, what);
  }
  const old = bytes.toString('latin1', 0, end).replace('gradbook-model-2', 'gradbook-model-1');
  fs.writeFileSync(file, old, 'latin1');
  const loaded = await loadModel('whole');
  assert.deepEqual(loaded.metadata, { seed: 3 });
  for (const [i, weight] of loaded.model.getWeights().entries()) {
    assert.deepEqual(weight.dataSync(), model.getWeights()[i]!.dataSync());
  }
  loaded.model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test('the folder that ModelCheckpoint writes is loaded, and checked', async () => {
  const model = smallCnn();
  const examples = stripes(8);
  const x = tf.randomUniform([2, 8, 8, 3]);
  const checkpoint = path.join(folder, 'checkpoint');
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
  // Plain tfjs names its weights otherwise: what is checked then is their length.
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

test('nested networks with equal inner names are saved and come back', async () => {
  const model = nested();
  // Each weight is told apart by its values.
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

test('a layer that such networks share is refused before anything is written', async () => {
  const shared = tf.layers.dense({ name: 'inner', units: 4, inputShape: [4] });
  const model = tf.sequential({
    layers: ['a', 'b'].map((name) => tf.sequential({ name, layers: [shared] })),
  });
  await assert.rejects(saveModel('shared', model), { code: 'bad-model', message: /share a layer/ });
  assert.ok(!fs.existsSync(modelFile('shared')));
});

test('ModelCheckpoint refuses equal names before the first epoch', async () => {
  const filepath = path.join(folder, 'refused');
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
