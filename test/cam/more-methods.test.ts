import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type CamMethod, type ExplainOptions, explain } from '../../lib/cam';
import { relevance } from '../../lib/cam/methods/relevance';
import { useNativeOps } from '../../lib/ops';
import { tf } from '../../lib/runtime';
import { fixture, fixtureImages, fixtureModel, largestDifference } from './networks';

interface Weights {
  kernel: number[];
  bias: number[];
}

/** `fixtures/make_more_cam.py` made it, with pytorch-grad-cam and Captum. */
const more: {
  normed: { conv1: Weights; bn: number[][]; conv2: Weights; dense: Weights; logits: number[] };
  maps: Record<string, number[]>;
  relevance: Record<string, number[]>;
} = JSON.parse(fs.readFileSync(path.join(__dirname, 'fixtures/more-cam.json'), 'utf8'));

/** The network with batch normalization; convolutions may hold the activation themselves. */
function normedModel(): LayersModel {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', inputShape: [12, 12, 3] }),
      layers.batchNormalization({ epsilon: 1e-3 }),
      layers.reLU(),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.flatten(),
      layers.dense({ units: 5, activation: 'softmax' }),
    ],
  });
  const { conv1, bn, conv2, dense } = more.normed;
  tf.tidy(() => {
    const [gamma, beta, mean, variance] = bn.map((values) => tf.tensor1d(values));
    model.layers[0]!.setWeights([tf.tensor4d(conv1.kernel, [3, 3, 3, 6]), tf.tensor1d(conv1.bias)]);
    model.layers[1]!.setWeights([gamma!, beta!, mean!, variance!]);
    model.layers[4]!.setWeights([tf.tensor4d(conv2.kernel, [3, 3, 6, 8]), tf.tensor1d(conv2.bias)]);
    model.layers[6]!.setWeights([tf.tensor2d(dense.kernel, [288, 5]), tf.tensor1d(dense.bias)]);
  });
  return model;
}

function compare(model: LayersModel, options: ExplainOptions, name: string, within = 2e-4): void {
  const images = fixtureImages();
  const tensors = tf.memory().numTensors;
  const { maps } = explain(model, images, { targets: fixture.classes, ...options });
  assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
  const difference = largestDifference(maps, more.maps[name]!);
  assert.ok(difference < within, `${name}: ${difference}`);
  images.dispose();
}

describe('methods equal pytorch-grad-cam', () => {
  for (const kind of ['sequential', 'functional', 'nested'] as const) {
    it(`Finer-CAM, Shapley-CAM, KPCA-CAM and FullGrad, ${kind}`, () => {
      const model = fixtureModel(kind);
      for (const layer of ['relu1', 'relu2']) {
        const layers = kind === 'nested' ? `base/${layer}` : layer;
        for (const alpha of [1, 0.5]) {
          compare(model, { method: 'finer-cam', layers, alpha }, `finer-cam ${layer} ${alpha}`);
        }
        compare(model, { method: 'shapley-cam', layers }, `shapley-cam ${layer}`);
        compare(model, { method: 'kpca-cam', layers }, `kpca-cam ${layer}`);
      }
      compare(model, { method: 'full-grad' }, 'full-grad plain');
      model.dispose();
    });
  }

  it('Shapley-CAM in front of a pooling that has no second gradient, by central differences', () => {
    const model = fixtureModel('sequential');
    useNativeOps({ oneDnn: false });
    try {
      compare(model, { method: 'shapley-cam', layers: 'relu1' }, 'shapley-cam relu1', 2e-3);
    } finally {
      useNativeOps({ oneDnn: true });
    }
    model.dispose();
  });

  it('FullGrad, with batch normalization and an activation inside a convolution', () => {
    const model = normedModel();
    const images = fixtureImages();
    const { logits } = explain(model, images);
    assert.ok(largestDifference(logits, more.normed.logits) < 1e-4);
    compare(model, { method: 'full-grad' }, 'full-grad normed');
    model.dispose();
    images.dispose();
  });
});

describe('layer-wise relevance propagation', () => {
  const targets = () => tf.oneHot(tf.tensor1d(fixture.classes, 'int32'), 5).cast('float32');
  const models: Record<string, () => LayersModel> = {
    plain: () => fixtureModel('sequential'),
    normed: normedModel,
  };
  for (const [name, make] of Object.entries(models)) {
    for (const rule of ['epsilon', 'z-plus'] as const) {
      it(`${rule} equals Captum, ${name}`, () => {
        const model = make();
        const images = fixtureImages();
        const before = model.getWeights().map((weight) => weight.dataSync().slice());
        const tensors = tf.memory().numTensors;
        const found = tf.tidy(() => relevance(model, images, targets() as never, rule).dataSync());
        assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
        const expected = more.relevance[`${rule} ${name}`]!;
        const largest = Math.max(...expected.map(Math.abs));
        const difference = largestDifference(found, expected) / largest;
        assert.ok(difference < 1e-3, `${difference}`);
        model.getWeights().forEach((weight, i) => {
          assert.deepEqual(weight.dataSync(), before[i]);
        });
        model.dispose();
        images.dispose();
      });
    }
  }

  it('is the same in a nested model and before a reshape', () => {
    const images = fixtureImages();
    const plain = fixtureModel('sequential');
    const nested = fixtureModel('nested');
    const [a, b] = [plain, nested].map((model) =>
      tf.tidy(() => relevance(model, images, targets() as never, 'epsilon').dataSync()),
    );
    assert.ok(largestDifference(a!, b!) < 1e-5);
    images.dispose();
    plain.dispose();
    nested.dispose();
  });

  it('keeps the sum where nothing has a bias, through sums of branches', () => {
    const { layers } = tf;
    const input = tf.input({ shape: [6, 6, 2] });
    const conv = () =>
      layers.conv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        useBias: false,
        kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
      });
    const first = layers.reLU().apply(conv().apply(input)) as SymbolicTensor;
    const second = layers.dropout({ rate: 0.5 }).apply(conv().apply(first)) as SymbolicTensor;
    const both = layers.add().apply([first, second]) as SymbolicTensor;
    const all = layers.concatenate().apply([both, first]) as SymbolicTensor;
    const flat = layers.globalAveragePooling2d({}).apply(layers.reLU().apply(all));
    const outputs = layers
      .dense({
        units: 3,
        useBias: false,
        activation: 'softmax',
        kernelInitializer: tf.initializers.glorotNormal({ seed: 4 }),
      })
      .apply(flat) as SymbolicTensor;
    const model = tf.model({ inputs: input, outputs });
    const images = tf.randomUniform([2, 6, 6, 2], 0, 1, 'float32', 2) as Tensor4D;
    const { logits } = explain(model, images, { method: 'lrp-epsilon', targets: [1, 2] });
    const sums = tf.tidy(() =>
      relevance(
        model,
        images,
        tf.tensor2d([
          [0, 1, 0],
          [0, 0, 1],
        ]),
        'epsilon',
      )
        .sum([1, 2, 3])
        .dataSync(),
    );
    assert.ok(
      Math.abs(sums[0]! - logits[1]!) < 1e-3 * Math.abs(logits[1]!) + 1e-5,
      `${sums[0]} ${logits[1]}`,
    );
    assert.ok(
      Math.abs(sums[1]! - logits[5]!) < 1e-3 * Math.abs(logits[5]!) + 1e-5,
      `${sums[1]} ${logits[5]}`,
    );
    images.dispose();
  });
});

describe('random', () => {
  it('is a map a seed: the same again, another for another seed, layer by layer', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const maps = [1, 1, 2].map((seed) => {
      const found = explain(model, images, { method: 'random', layers: 'relu2', seed });
      assert.deepEqual(found.status, ['ok', 'ok', 'ok']);
      return found.maps;
    });
    assert.deepEqual(maps[0], maps[1]);
    assert.ok(largestDifference(maps[0]!, maps[2]!) > 0.5);
    images.dispose();
    model.dispose();
  });
});

describe('what the methods refuse', () => {
  const refused = (model: LayersModel, options: ExplainOptions, code: string, message: RegExp) => {
    const images = tf.ones([2, 12, 12, 3]) as Tensor4D;
    const tensors = tf.memory().numTensors;
    assert.throws(() => explain(model, images, options), { code, message });
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
    images.dispose();
  };

  it('several classes an image for Finer-CAM', () => {
    const model = fixtureModel('sequential');
    const targets = [[1], [0, 2]];
    refused(model, { method: 'finer-cam', targets }, 'bad-target', /image 1 has several/);
    model.dispose();
  });

  it('layers without a rule for relevance propagation, and shared ones for FullGrad', () => {
    const { layers } = tf;
    const top = (...middle: ReturnType<typeof layers.flatten>[]) => {
      const conv = layers.conv2d({
        filters: 3,
        kernelSize: 3,
        padding: 'same',
        inputShape: [12, 12, 3],
        name: 'conv',
      });
      const input = tf.input({ shape: [12, 12, 3] });
      const x = [conv, ...middle, layers.globalAveragePooling2d({}), layers.dense({ units: 2 })];
      const outputs = x.reduce((y, layer) => layer.apply(y) as SymbolicTensor, input);
      return tf.model({ inputs: input, outputs });
    };
    const normalized = top(layers.layerNormalization({ name: 'norm' }) as never);
    const methods: CamMethod[] = ['lrp-epsilon', 'lrp-z-plus'];
    for (const method of methods) {
      refused(normalized, { method }, 'bad-model', /layer norm \(LayerNormalization, linear\)/);
    }
    const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'twice' });
    const input = tf.input({ shape: [12, 12, 3] });
    const twice = shared.apply(shared.apply(input));
    const outputs = layers
      .dense({ units: 2 })
      .apply(layers.flatten().apply(twice)) as SymbolicTensor;
    const model = tf.model({ inputs: input, outputs });
    refused(
      model,
      { method: 'full-grad' },
      'shared-layer',
      /layer twice is applied more than once/,
    );
  });
});
