import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { exportModel } from '../../lib/exchange';
import { toHalf } from '../../lib/exchange/half';
import { tf } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';
import { fillWeights, inputsOf, largestDifference, smallNetworks } from './networks';

const folder = temporaryFolder('gradbook-export');
after(() => fs.rmSync(folder, { recursive: true }));

/** Predictions of a graph model in a folder, in the order of the model's own outputs. */
async function predictions(target: string, model: LayersModel, inputs: Tensor[]) {
  const graph = await tf.loadGraphModel(`file://${target}/model.json`);
  const named = Object.fromEntries(
    inputs.map((x, i) => [model.inputs[i]!.sourceLayer.name, x] as const),
  );
  const found = [graph.predict(named)].flat() as Tensor[];
  graph.dispose();
  return found;
}

test('graph models in float32 and float16 agree with the model', async () => {
  for (const model of smallNetworks()) {
    fillWeights(model);
    const inputs = inputsOf(model, 100);
    const expected = [model.predict(inputs, { batchSize: 100 })].flat() as Tensor[];
    const tensors = tf.memory().numTensors;
    for (const float16 of [false, true]) {
      const target = path.join(folder, `${model.name}-${float16}`);
      await exportModel(target, model, { format: 'tfjs-graph', float16 });
      const found = await predictions(target, model, inputs);
      const difference = largestDifference(found, expected);
      // Halves have 11 bits: the weights themselves are rounded by up to 2^-12 of their size.
      assert.ok(difference < (float16 ? 2e-3 : 1e-5), `${model.name} ${float16}: ${difference}`);
      tf.dispose(found);
    }
    assert.equal(tf.memory().numTensors, tensors);
    const [full, half] = [false, true].map(
      (float16) =>
        fs.statSync(path.join(folder, `${model.name}-${float16}`, 'group1-shard1of1.bin')).size,
    );
    assert.ok(half! < 0.6 * full!);
  }
});

// The checksums of the files for which onnxruntime and TensorFlow agreed within 1e-5: see
// measure.py.
test('ONNX files and SavedModels are those that their own runtimes agreed with', async () => {
  const fixture = path.join(__dirname, 'fixtures', 'exported.json');
  const sums = JSON.parse(fs.readFileSync(fixture, 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const networks = smallNetworks();
  assert.deepEqual(networks.map(({ name }) => name).sort(), Object.keys(sums).sort());
  for (const model of networks) {
    fillWeights(model);
    for (const format of ['onnx', 'saved-model'] as const) {
      const target = path.join(folder, `${model.name}${format === 'onnx' ? '.onnx' : ''}`);
      const [file] = await exportModel(target, model, { format });
      const sum = crypto.createHash('sha256').update(fs.readFileSync(file!)).digest('hex');
      assert.equal(sum, sums[model.name]![format], `${model.name} ${format}`);
    }
  }
});

test('layers that inference graphs cannot hold are named before anything is written', async () => {
  const { layers, sequential } = tf;
  const refused: [LayersModel, RegExp][] = [
    [
      sequential({ layers: [layers.lstm({ name: 'memory', units: 2, inputShape: [3, 2] })] }),
      /layer 'memory' is a LSTM/,
    ],
    [
      sequential({
        layers: [
          layers.conv2d({
            name: 'first',
            filters: 2,
            kernelSize: 1,
            inputShape: [2, 4, 4],
            dataFormat: 'channelsFirst',
          }),
        ],
      }),
      /layer 'first' \(Conv2D\): dataFormat 'channelsFirst'/,
    ],
    [
      sequential({
        layers: [
          layers.dense({
            name: 'log',
            units: 2,
            inputShape: [2],
            activation: 'logSoftmax' as 'softmax',
          }),
        ],
      }),
      /layer 'log' \(Dense\): activation 'logSoftmax'/,
    ],
    [
      sequential({
        layers: [
          layers.conv2d({ name: 'free', filters: 2, kernelSize: 1, inputShape: [null, 4, 1] }),
        ],
      }),
      /the shape any×4×1/,
    ],
  ];
  const target = path.join(folder, 'refused');
  for (const [model, message] of refused) {
    for (const format of ['onnx', 'saved-model', 'tfjs-graph'] as const) {
      const file = format === 'onnx' ? `${target}.onnx` : target;
      await assert.rejects(exportModel(file, model, { format }), {
        code: 'unsupported-layer',
        message,
      });
      assert.ok(!fs.existsSync(file));
    }
  }
  const [model] = smallNetworks();
  await assert.rejects(exportModel(target, model!, { format: 'onnx' }), {
    code: 'bad-option',
    message: /needs a file that ends in \.onnx/,
  });
  await assert.rejects(exportModel(`${target}.onnx`, model!, { format: 'onnx', float16: true }), {
    code: 'bad-option',
    message: /only tfjs-graph supports it/,
  });
});

test('halves are rounded to the nearest, ties to even', () => {
  // From numpy: np.float16(x).view(np.uint16).
  const cases: [number, number][] = [
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [-Infinity, 0xfc00],
    [6.103515625e-5, 0x0400],
    [6.09755516e-5, 0x03ff],
    [5.9604645e-8, 1],
    [2.9802322e-8, 0],
    [2.98023259e-8, 1],
    [8.940697e-8, 2],
    [1.00048828125, 0x3c00],
    [1.00146484375, 0x3c02],
    [1e-40, 0],
  ];
  for (const [value, bits] of cases) assert.equal(toHalf(value), bits, String(value));
  assert.equal(toHalf(Number.NaN) & 0x7e00, 0x7e00);
});
