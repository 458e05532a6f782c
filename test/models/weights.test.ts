import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { mobileNet } from '../../lib/models';
import { isWeightFolderOf, writeWeightFolder } from '../../lib/models/mobilenet';
import type { WeightMap } from '../../lib/models/mobilenet/weight-map';
import { setSeed, tf } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';

const folder = temporaryFolder('gradbook-weights');
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

test('a written folder of weights is read back', async () => {
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

interface H5Group {
  create_group(name: string): H5Group;
  create_dataset(options: { name: string; data: unknown; shape: number[]; dtype: string }): void;
  close(): void;
}

/** Writes arrays as Keras 3 lays out a model of nested networks, with two integer lists. */
async function writeNestedH5(file: string, networks: [string, WeightMap][]): Promise<void> {
  const h5 = (await import('h5wasm/node' as string)) as {
    ready: Promise<unknown>;
    File: new (file: string, mode: 'w') => H5Group;
  };
  await h5.ready;
  const opened = new h5.File(file, 'w');
  const root = opened.create_group('model_weights');
  for (const [name, weights] of networks) {
    const network = root.create_group(name);
    const layers = new Map<string, H5Group>();
    for (const [key, { shape, values }] of weights) {
      const [layer, kind] = key.split('/') as [string, string];
      if (!layers.has(layer)) layers.set(layer, network.create_group(layer));
      const dataset = { name: kind, data: values, shape: [...shape], dtype: '<f4' };
      layers.get(layer)!.create_dataset(dataset);
    }
  }
  const states = root.create_group('conv1');
  const state = { name: 'seed_generator_state', shape: [2] };
  states.create_dataset({ ...state, data: new BigInt64Array([1n, 2n]), dtype: '<q' });
  states.create_dataset({ name: 'kernel', shape: [1], data: new Int32Array([7]), dtype: '<i' });
  opened.close();
}

test('of two MobileNets in a .h5 file the matching one is used, or both are named in an error', async () => {
  const weights = await smallWeights();
  const other: WeightMap = new Map();
  for (const [key, { shape, values }] of weights) {
    const longer = [...shape.slice(0, -1), shape.at(-1)! + 1];
    const count = longer.reduce((product, length) => product * length, 1);
    other.set(key, { shape: longer, values: new Float32Array(count).fill(values[0]!) });
  }
  const file = path.join(folder, 'two.h5');
  const orders: [string, WeightMap][][] = [
    [
      ['first', weights],
      ['second', other],
    ],
    [
      ['first', other],
      ['second', weights],
    ],
  ];
  for (const networks of orders) {
    await writeNestedH5(file, networks);
    const model = await mobileNet({ ...small, weights: file });
    for (const name of ['conv1', 'conv_dw_3', 'conv_pw_13_bn']) {
      for (const variable of model.getLayer(name).weights) {
        const kind = variable.originalName.split('/').pop()!.replace('depthwise_kernel', 'kernel');
        assert.deepEqual(variable.read().dataSync(), weights.get(`${name}/${kind}`)!.values);
      }
    }
    model.dispose();
  }
  for (const [network, message] of [
    [weights, /several networks \('first', 'second'\), of which 2 match/],
    [other, /several networks \('first', 'second'\) and none matches\. first: .* second: /],
  ] as const) {
    await writeNestedH5(file, [
      ['first', network],
      ['second', network],
    ]);
    await assert.rejects(mobileNet({ ...small, weights: file }), { code: 'bad-weights', message });
  }
});

test('a folder with a duplicate name is an error', async () => {
  const twice = path.join(folder, 'twice');
  writeWeightFolder(twice, await smallWeights(), 'a test');
  const file = path.join(twice, 'model.json');
  const json = JSON.parse(fs.readFileSync(file, 'utf8'));
  const [{ weights }] = json.weightsManifest;
  weights.push(weights[0]);
  fs.writeFileSync(file, JSON.stringify(json));
  await assert.rejects(mobileNet({ ...small, weights: twice }), {
    code: 'bad-weights',
    message: /more than once/,
  });
});

test('a folder is fresh only if unchanged and from the same source', async () => {
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

test('missing or wrong weights are an error before anything is computed', async () => {
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
  await fails(path.join(folder, 'text.h5'), 'bad-file', /text\.h5 is not an HDF5 file/);

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
  await fails(cut, 'missing-file', /weights\.bin is missing/);
});

test('GRADBOOK_WEIGHTS sets custom weights; an option overrides it', async () => {
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

test('an input size that cannot be halved is an error', async () => {
  await assert.rejects(mobileNet({ weights: null, inputShape: [100, 100, 3] }), {
    code: 'bad-option',
    message: /100×100×3.*divisible by 32/,
  });
});
