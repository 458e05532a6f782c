import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { unzipSync, zipSync } from 'fflate';
import { exportModel, importModel } from '../../lib/exchange';
import { tf } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';
import { fillWeights, inputsOf, largestDifference, smallNetworks } from './networks';

const written = temporaryFolder('gradbook-import');
after(() => fs.rmSync(written, { recursive: true }));

const folder = path.join(__dirname, 'fixtures', 'keras');
const shapes = JSON.parse(fs.readFileSync(path.join(folder, 'shapes.json'), 'utf8')) as Record<
  string,
  { inputs: number[][]; outputs: number[][] }
>;

/** The inputs or outputs that Keras wrote beside a model. */
function numbers(name: string, which: 'inputs' | 'outputs'): Tensor[] {
  const bytes = fs.readFileSync(path.join(folder, `${name}.${which}.f32`));
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  let at = 0;
  return shapes[name]![which].map((shape) => {
    const size = shape.reduce((n, side) => n * side, 1);
    at += size;
    return tf.tensor(values.slice(at - size, at), shape);
  });
}

/** The largest difference of a model's predictions from Keras's, as a share of the largest value. */
function difference(model: LayersModel, name: string): number {
  return tf.tidy(() => {
    const found = [model.predict(numbers(name, 'inputs'))].flat() as Tensor[];
    const expected = numbers(name, 'outputs');
    const size = Math.max(...expected.map((y) => tf.max(tf.abs(y)).dataSync()[0]!));
    return largestDifference(found, expected) / size;
  });
}

// tfjs's `dispose` leaves the weights of nested models.
function dispose(model: LayersModel): void {
  for (const weight of model.weights) weight.dispose();
}

for (const name of Object.keys(shapes)) {
  test(`${name}: the predictions are Keras's own`, async () => {
    const tensors = tf.memory().numTensors;
    for (const ending of ['.keras', '.h5']) {
      const file = path.join(folder, `${name}${ending}`);
      if (!fs.existsSync(file)) continue;
      const model = await importModel(file);
      assert.ok(difference(model, name) < 1e-5, `${ending}: ${difference(model, name)}`);
      const weights = path.join(folder, `${name}.weights.h5`);
      if (fs.existsSync(weights)) {
        tf.tidy(() => {
          for (const each of model.weights) each.write(tf.zeros(each.shape as number[]));
        });
        assert.ok(difference(model, name) > 1e-3);
        assert.equal(await importModel(weights, { into: model }), model);
        assert.ok(difference(model, name) < 1e-5, `weights: ${difference(model, name)}`);
      }
      dispose(model);
    }
    assert.equal(tf.memory().numTensors, tensors);
  });
}

test('what exportModel writes for Keras comes back', async () => {
  for (const model of smallNetworks()) {
    fillWeights(model);
    const file = path.join(written, `${model.name}.keras`);
    await exportModel(file, model, { format: 'keras' });
    const back = await importModel(file);
    tf.tidy(() => {
      const x = inputsOf(model, 3);
      const [found, expected] = [back, model].map((net) => [net.predict(x)].flat() as Tensor[]);
      assert.ok(largestDifference(found!, expected!) < 1e-6, model.name);
    });
    const tfjs = path.join(written, model.name);
    await exportModel(tfjs, back, { format: 'tfjs' });
    for (const from of [tfjs, path.join(tfjs, 'model.json')]) {
      (await importModel(from)).dispose();
    }
  }
});

/** A `.keras` file of the fixtures with its configuration changed. */
function changed(name: string, from: string | RegExp, to: string): string {
  const parts = unzipSync(fs.readFileSync(path.join(folder, `${name}.keras`)));
  const config = Buffer.from(parts['config.json']!).toString();
  assert.notEqual(config.replace(from, to), config);
  const file = path.join(written, `changed-${name}.keras`);
  parts['config.json'] = Buffer.from(config.replace(from, to));
  fs.writeFileSync(file, zipSync(parts));
  return file;
}

test('what cannot be imported is named', async () => {
  const cases: [string | RegExp, string, string, RegExp][] = [
    ['"GaussianNoise"', '"Lambda"', 'unsupported-layer', /'gaussian_noise' is a Lambda/],
    ['"groups": 1', '"groups": 2', 'unsupported-layer', /'shared' \(Conv2D\): groups 2/],
    ['"leaky_relu"', '"glu"', 'unsupported-layer', /'dense' \(Dense\): activation 'glu'/],
    [/"threshold": 0.0/, '"threshold": 0.5', 'unsupported-layer', /'re_lu' .*threshold 0.5/],
    ['"axis": [-1]', '"axis": [1]', 'unsupported-layer', /'normalization' .*axis \[1\]/],
    [
      '"class_name": "Subtract", "config": {"name": "subtract_1"',
      '"class_name": "Einsum", "config": {"name": "subtract_1"',
      'unsupported-layer',
      /Einsum/,
    ],
    ['"units": 7', '"units": 8', 'bad-weights', /kernel of layer 'dense' \(Dense\) is 110×7/],
    [
      '"use_bias": false',
      '"use_bias": true',
      'bad-weights',
      /'depthwise_conv2d' .* needs 2 arrays .* has 1/,
    ],
    [
      '"keras_history": ["image", 0, 0]',
      '"keras_history": ["missing", 0, 0]',
      'bad-file',
      /nowhere/,
    ],
  ];
  const tensors = tf.memory().numTensors;
  for (const [from, to, code, message] of cases) {
    await assert.rejects(importModel(changed('variants', from, to)), { code, message });
  }
  assert.equal(tf.memory().numTensors, tensors);
  const file = (name: string, content: string | Buffer) => {
    fs.writeFileSync(path.join(written, name), content);
    return path.join(written, name);
  };
  const refused: [string, string, RegExp][] = [
    [path.join(written, 'nothing.keras'), 'missing-file', /no file or folder/],
    [file('text.keras', 'text'), 'bad-file', /not a zip archive/],
    [file('empty.keras', Buffer.from(zipSync({}))), 'bad-file', /no config.json/],
    [file('text.h5', 'text'), 'bad-file', /not an HDF5/],
    [path.join(folder, 'keras3_nested.weights.h5'), 'bad-file', /holds weights only/],
    [file('net.onnx', ''), 'bad-option', /ONNX files are graphs/],
    [file('net.pt', ''), 'bad-option', /give a \.keras/],
  ];
  for (const [each, code, message] of refused) {
    await assert.rejects(importModel(each), { code, message });
  }
  const saved = path.join(written, 'saved');
  fs.mkdirSync(saved);
  await assert.rejects(importModel(saved), { code: 'missing-file' });
  fs.writeFileSync(path.join(saved, 'saved_model.pb'), '');
  await assert.rejects(importModel(saved), { code: 'bad-option', message: /SavedModel/ });
  const other = await importModel(path.join(folder, 'keras3_sequential.keras'));
  const weights = path.join(folder, 'keras3_nested.weights.h5');
  await assert.rejects(importModel(weights, { into: other }), { code: 'bad-weights' });
});

test('a layer that was called with training=False keeps its statistics in training', async () => {
  const model = await importModel(path.join(folder, 'keras3_nested.keras'));
  const statistics = (layer: string) =>
    model
      .getLayer(layer)
      .weights.filter(({ originalName }) => /moving/.test(originalName))
      .map((weight) => Array.from(weight.read().dataSync()));
  const before = ['middle', 'bn'].map(statistics);
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  await model.fit(tf.ones([4, 8, 8, 2]), tf.ones([4, 3]), { epochs: 1, verbose: 0 });
  assert.deepEqual(statistics('middle'), before[0]);
  assert.notDeepEqual(statistics('bn'), before[1]);
});
