import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { exportModel } from '../../lib/exchange';
import { cnn, unet } from '../../lib/models';
import { setSeed, tf } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';

const folder = temporaryFolder('gradbook-export');

before(() => setSeed(1));
after(() => fs.rmSync(folder, { recursive: true }));

test('a layers folder loads in plain tfjs and agrees', async () => {
  const x = tf.randomUniform([4, 16, 16, 3]);
  for (const model of [
    cnn({ filters: [4], units: [4], inputShape: [16, 16, 3] }),
    unet({ filters: [2, 4], inputShape: [16, 16, 3] }),
  ]) {
    const tensors = tf.memory().numTensors;
    const target = path.join(folder, model.name);
    const files = await exportModel(target, model, { format: 'tfjs' });
    assert.deepEqual(files.map((file) => path.basename(file)).sort(), [
      'group1-shard1of1.bin',
      'model.json',
    ]);
    const loaded = await tf.loadLayersModel(`file://${target}/model.json`);
    const [expected, found] = tf.tidy(() =>
      [model, loaded].map((net) => (net.predict(x) as Tensor).dataSync()),
    );
    assert.deepEqual(found, expected);
    loaded.dispose();
    assert.equal(tf.memory().numTensors, tensors);
  }
});

test('weights of more than 4 MiB are cut into files of that size', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1100, inputShape: [1000] })] });
  const target = path.join(folder, 'large');
  const files = await exportModel(target, model, { format: 'tfjs' });
  const sizes = files.slice(0, -1).map((file) => fs.statSync(file).size);
  assert.deepEqual(sizes, [4194304, 1100 * 1001 * 4 - 4194304]);
  const loaded = await tf.loadLayersModel(`file://${target}/model.json`);
  assert.deepEqual(loaded.getWeights()[0]!.dataSync(), model.getWeights()[0]!.dataSync());
});

test('unknown formats, paths and layers are refused before anything is written', async () => {
  const model = cnn({ filters: [4], units: [4], inputShape: [8, 8, 3] });
  const target = path.join(folder, 'refused');
  await assert.rejects(exportModel(target, model, { format: 'pdf' as 'tfjs' }), {
    code: 'bad-option',
    message: /format 'pdf': there are tfjs/,
  });
  for (const wrong of ['', `${target}.onnx`, `${target}/model.json`]) {
    await assert.rejects(exportModel(wrong, model, { format: 'tfjs' }), { code: 'bad-option' });
  }
  class Twice extends tf.layers.Layer {
    static readonly className = 'Twice';
    override call(x: Tensor | Tensor[]): Tensor {
      return tf.mul([x].flat()[0]!, 2);
    }
  }
  tf.serialization.registerClass(Twice);
  const own = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
  own.add(new Twice({ name: 'doubled' }));
  await assert.rejects(exportModel(target, own, { format: 'tfjs' }), {
    code: 'unsupported-layer',
    message: /layer 'doubled' is a Twice/,
  });
  assert.ok(!fs.existsSync(target));
});
