import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { mobileNet } from '../../lib/models';
import { isWeightFolderOf, writeWeightFolder } from '../../lib/models/mobilenet';
import type { WeightMap } from '../../lib/models/mobilenet/weight-map';
import { setSeed, tf } from '../../lib/runtime';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-weights-'));
const fixtures = path.join(__dirname, 'fixtures');
/** A MobileNet so narrow that its file fits a test. */
const small = { alpha: 0.0313, inputShape: [32, 32, 3] } as const;

before(() => setSeed(1));
after(() => fs.rmSync(folder, { recursive: true }));

async function smallWeights(): Promise<WeightMap> {
  const model = await mobileNet({ ...small, weights: null });
  const map: WeightMap = new Map();
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      const kind = weight.originalName.split('/').pop()!;
      const values = Float32Array.from(weight.read().dataSync(), (_, i) => Math.sin(i + map.size));
      map.set(`${layer.name}/${kind.replace('depthwise_kernel', 'kernel')}`, {
        shape: weight.shape as number[],
        values,
      });
    }
  }
  model.dispose();
  return map;
}

test('a folder of weights is read as it was written', async () => {
  const weights = await smallWeights();
  writeWeightFolder(path.join(folder, 'own'), weights, 'a test');
  const tensors = tf.memory().numTensors;
  const model = await mobileNet({ ...small, weights: path.join(folder, 'own') });
  const kernel = model.getLayer('conv_dw_3').getWeights()[0]!;
  assert.deepEqual(await kernel.data(), weights.get('conv_dw_3/kernel')!.values);
  const variance = model.getLayer('conv_pw_13_bn').getWeights()[3]!;
  assert.deepEqual(await variance.data(), weights.get('conv_pw_13_bn/moving_variance')!.values);
  model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
});

test("Keras's .h5 files are read: a whole model and weights alone", async () => {
  const expected = JSON.parse(fs.readFileSync(path.join(fixtures, 'small-mobilenet.json'), 'utf8'));
  for (const file of ['small-mobilenet.h5', 'small-mobilenet-keras2.h5']) {
    const model = await mobileNet({ ...small, weights: path.join(fixtures, file) });
    for (const [name, values] of Object.entries<number[]>(expected)) {
      const [layer, index] = name.split('/') as [string, string];
      const found = await model.getLayer(layer).getWeights()[Number(index)]!.data();
      assert.deepEqual(Array.from(found), values, `${file}: ${name}`);
    }
    model.dispose();
  }
});

test('a folder is fresh only as it was written, from the same source', async () => {
  const own = path.join(folder, 'fresh');
  writeWeightFolder(own, await smallWeights(), 'hash');
  assert.ok(isWeightFolderOf(own, 'hash'));
  assert.ok(!isWeightFolderOf(own, 'another hash'));
  assert.ok(!isWeightFolderOf(path.join(folder, 'none'), 'hash'));
  const bytes = fs.readFileSync(path.join(own, 'weights.bin'));
  bytes[7]! ^= 1;
  fs.writeFileSync(path.join(own, 'weights.bin'), bytes);
  assert.ok(!isWeightFolderOf(own, 'hash'));
  await assert.rejects(mobileNet({ ...small, weights: own }), { code: 'bad-file' });
});

test('what is missing or wrong is said before anything is computed', async () => {
  const fails = (weights: string, code: string, message: RegExp) =>
    assert.rejects(mobileNet({ ...small, weights }), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  await fails(path.join(folder, 'nowhere'), 'missing-file', /no weights at .*nowhere/);
  fs.mkdirSync(path.join(folder, 'empty'));
  await fails(path.join(folder, 'empty'), 'missing-file', /holds no model\.json/);

  fs.writeFileSync(path.join(folder, 'text.h5'), 'not a file of numbers');
  await fails(path.join(folder, 'text.h5'), 'bad-file', /text\.h5 is no HDF5 file/);

  const weights = await smallWeights();
  weights.delete('conv_pw_7/kernel');
  writeWeightFolder(path.join(folder, 'gap'), weights, 'a test');
  await fails(path.join(folder, 'gap'), 'bad-weights', /no conv_pw_7\/kernel/);

  weights.set('conv_pw_7/kernel', { shape: [2, 2], values: new Float32Array(4) });
  writeWeightFolder(path.join(folder, 'shape'), weights, 'a test');
  await fails(path.join(folder, 'shape'), 'bad-weights', /conv_pw_7\/kernel is 2×2 .* needs 1×1×/);

  const cut = path.join(folder, 'cut');
  fs.cpSync(path.join(folder, 'own'), cut, { recursive: true });
  fs.truncateSync(path.join(cut, 'weights.bin'), 100);
  await fails(cut, 'bad-file', /damaged/);
  fs.rmSync(path.join(cut, 'weights.bin'));
  await fails(cut, 'missing-file', /weights\.bin is not there/);
});

test("GRADBOOK_WEIGHTS names weights of one's own; an option wins over it", async () => {
  const own = path.join(folder, 'own');
  process.env['GRADBOOK_WEIGHTS'] = path.join(folder, 'nowhere');
  try {
    await assert.rejects(mobileNet(small), { code: 'missing-file', message: /nowhere/ });
    (await mobileNet({ ...small, weights: own })).dispose();
    process.env['GRADBOOK_WEIGHTS'] = path.join(own, 'model.json');
    (await mobileNet(small)).dispose();
  } finally {
    delete process.env['GRADBOOK_WEIGHTS'];
  }
});

test('a network of sides that cannot be halved is refused', async () => {
  await assert.rejects(mobileNet({ weights: null, inputShape: [100, 100, 3] }), {
    code: 'bad-option',
    message: /100×100×3.*divisible by 32/,
  });
});
