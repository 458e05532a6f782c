import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { cnn, loadModel, modelFile, modelMetadata, saveModel } from '../../lib/models';
import { inWorkspace, setSeed, tf } from '../../lib/runtime';

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
