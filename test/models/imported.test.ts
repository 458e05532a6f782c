import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { explain } from '../../lib/cam';
import { importModel } from '../../lib/exchange';
import { loadModel, saveModel, splitAtFreeze, transferModel, unfreezeLast } from '../../lib/models';
import { Random, setSeed, tf } from '../../lib/runtime';
import { computeFeatures, train } from '../../lib/training';
import { temporaryFolder } from '../temporary-folder';

const folder = temporaryFolder('gradbook-imported');
before(() => {
  process.env['GRADBOOK_CACHE'] = folder;
});
after(() => {
  delete process.env['GRADBOOK_CACHE'];
  fs.rmSync(folder, { recursive: true });
});

const fixtures = path.join(__dirname, '..', 'exchange', 'fixtures', 'keras');

/** An imported classifier without its last layers. */
async function extractor(name: string, last: string): Promise<LayersModel> {
  const whole = await importModel(path.join(fixtures, `${name}.keras`));
  const output = whole.getLayer(last).output as LayersModel['outputs'][0];
  return tf.model({ inputs: whole.inputs, outputs: output, name });
}

function rows(count: number) {
  const random = new Random(3);
  const values = Float32Array.from({ length: count * 32 * 32 * 3 }, () => 2 * random.next() - 1);
  const labels = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) labels[3 * i + random.integer(0, 3)] = 1;
  return {
    x: { shape: [count, 32, 32, 3], values },
    y: { shape: [count, 3], values: labels },
  };
}

for (const [name, last, boundary] of [
  ['mobilenet_v2', 'out_relu', 'block_16_expand_relu'],
  ['resnet', 'conv3_block2_out', 'conv3_block1_out'],
] as const) {
  test(`${name} of Keras is fine-tuned on kept features and explained`, async () => {
    setSeed(1);
    const base = await extractor(name, last);
    const model = await transferModel({ base, classes: 3, dropout: 0 });
    assert.equal(splitAtFreeze(model).boundary, 'global_average_pooling2d');
    unfreezeLast(model, 9);
    const { frozen, trained, boundary: found } = splitAtFreeze(model);
    assert.equal(found, boundary);
    const { x, y } = rows(12);
    tf.tidy(() => {
      const batch = tf.tensor(x.values, x.shape);
      const expected = model.predict(batch) as Tensor;
      const inTwo = trained.predict(frozen.predict(batch)) as Tensor;
      assert.ok(tf.max(tf.abs(tf.sub(inTwo, expected))).dataSync()[0]! < 1e-6);
    });
    const kept = model.getWeights().map((weight) => weight.dataSync().slice());
    const features = await computeFeatures(frozen, x, { cache: false });
    const history = await train(trained, { x: features.rows, y }, { epochs: 3, verbose: 0 });
    assert.ok(history.history['loss']!.every(Number.isFinite));
    const names = model.weights.filter((weight, i) => {
      const after = weight.read().dataSync();
      return after.some((value, j) => value !== kept[i]![j]);
    });
    const changed = names.map((weight) => weight.originalName);
    assert.ok(changed.some((each) => each.startsWith('dense_4')));
    const inside = base.layers.flatMap((layer) =>
      layer.weights.some((weight) => changed.includes(weight.originalName)) ? [layer.name] : [],
    );
    assert.ok(inside.length >= 2, inside.join());
    const order = base.layers.map((layer) => layer.name);
    assert.ok(
      inside.every((each) => order.indexOf(each) >= order.length - 9),
      inside.join(),
    );

    const images = tf.tensor(x.values.slice(0, 2 * 3072), [2, 32, 32, 3]) as Tensor4D;
    const { maps } = explain(model, images, { method: 'grad-cam' });
    assert.ok(maps.every(Number.isFinite));
    await saveModel(name, model);
    const { model: back } = await loadModel(name);
    tf.tidy(() => {
      const both = [model, back].map((net) => net.predict(images) as Tensor);
      assert.equal(tf.max(tf.abs(tf.sub(both[0]!, both[1]!))).dataSync()[0], 0);
    });
  });
}

test('a base that is not a feature extractor is rejected', async () => {
  const base = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [4, 4, 3] })] });
  const input = tf.input({ shape: [4, 4] });
  const wrong = tf.model({ inputs: input, outputs: tf.layers.reLU().apply(input) as never });
  await assert.rejects(transferModel({ base: wrong }), {
    code: 'bad-network',
    message: /one output of rank 4 or 2/,
  });
  const model = await transferModel({ base, classes: 2 });
  assert.deepEqual(model.outputs[0]!.shape, [null, 2]);
});
