import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { exportModel } from '../../lib/exchange';
import { classPath } from '../../lib/exchange/keras/names';
import { tf } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';
import { kerasDigest } from './keras-digest';
import { fillWeights, smallNetworks } from './networks';

const folder = temporaryFolder('gradbook-keras');
after(() => fs.rmSync(folder, { recursive: true }));

// The checksums of the files for which Keras 3 agreed within 1e-5: see measure.py.
test('Keras files equal those that Keras agreed with', async () => {
  const fixture = path.join(__dirname, 'fixtures', 'exported.json');
  const sums = JSON.parse(fs.readFileSync(fixture, 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  for (const model of smallNetworks()) {
    fillWeights(model);
    const tensors = tf.memory().numTensors;
    for (const [format, ending] of [
      ['keras', '.keras'],
      ['keras-weights', '.weights.h5'],
    ] as const) {
      const target = path.join(folder, `${model.name}${ending}`);
      const written = await exportModel(target, model, { format });
      assert.deepEqual(written, [target]);
      assert.equal(await kerasDigest(target), sums[model.name]![format], `${model.name} ${format}`);
    }
    assert.equal(tf.memory().numTensors, tensors);
  }
});

test('what Keras does not share is named before anything is written', async () => {
  const { layers, sequential } = tf;
  const refused: [LayersModel, RegExp][] = [
    [
      sequential({ layers: [layers.lstm({ name: 'memory', units: 2, inputShape: [3, 2] })] }),
      /layer 'memory' is a LSTM/,
    ],
    [
      sequential({
        layers: [
          layers.dense({ name: 'hard', units: 2, inputShape: [2], activation: 'hardSigmoid' }),
        ],
      }),
      /layer 'hard' \(Dense\): activation 'hardSigmoid'/,
    ],
    [
      sequential({
        layers: [
          layers.upSampling2d({ name: 'up', inputShape: [2, 2, 1], interpolation: 'bilinear' }),
        ],
      }),
      /layer 'up' \(UpSampling2D\): interpolation 'bilinear'/,
    ],
  ];
  for (const [model, message] of refused) {
    for (const format of ['keras', 'keras-weights'] as const) {
      const file = path.join(folder, `refused${format === 'keras' ? '.keras' : '.weights.h5'}`);
      await assert.rejects(exportModel(file, model, { format }), {
        code: 'unsupported-layer',
        message,
      });
      assert.ok(!fs.existsSync(file));
    }
  }
});

test('paths of classes are those of Keras', () => {
  // keras.src.utils.naming.to_snake_case
  const paths = ['Conv2D', 'Conv2DTranspose', 'BatchNormalization', 'PReLU', 'SeparableConv2D'];
  assert.deepEqual(paths.map(classPath), [
    'conv2d',
    'conv2d_transpose',
    'batch_normalization',
    'p_re_lu',
    'separable_conv2d',
  ]);
});
