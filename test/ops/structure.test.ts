import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { explain } from '../../lib/cam';
import { modelOutput, modelOutputs, withLogits } from '../../lib/ops';
import { tf } from '../../lib/runtime';
import { evaluate } from '../../lib/training';
import { largestDifference } from '../cam/networks';

type Made = ReturnType<typeof tf.layers.flatten>;
const { layers } = tf;
const act = (activation: 'softmax' | 'sigmoid' | 'linear' | 'tanh', name?: string) =>
  layers.activation(name ? { activation, name } : { activation });
const dense = (units: number, activation?: 'softmax' | 'sigmoid') =>
  layers.dense(activation ? { units, activation } : { units });

function chain(shape: (number | null)[], made: unknown[]): LayersModel {
  const inputs = tf.input({ shape });
  const outputs = (made as Made[]).reduce<SymbolicTensor>(
    (x, layer) => layer.apply(x) as SymbolicTensor,
    inputs,
  );
  return tf.model({ inputs, outputs });
}

const reshape = (...targetShape: number[]) => layers.reshape({ targetShape });

describe('the final activation of a model', () => {
  const cases: [string, () => LayersModel, string, number, boolean][] = [
    ['dense', () => chain([4], [dense(3)]), 'linear', 3, false],
    ['dense softmax', () => chain([4], [dense(3, 'softmax')]), 'softmax', 3, false],
    ['one sigmoid', () => chain([4], [dense(1, 'sigmoid')]), 'sigmoid', 1, true],
    ['softmax layer', () => chain([4], [dense(3), layers.softmax()]), 'softmax', 3, false],
    ['activation layer', () => chain([4], [dense(3), act('softmax')]), 'softmax', 3, false],
    ['tanh after softmax', () => chain([4], [dense(3, 'softmax'), act('tanh')]), 'tanh', 3, false],
    [
      'linear after softmax',
      () => chain([4], [dense(3, 'softmax'), act('linear')]),
      'softmax',
      3,
      false,
    ],
    ['reshape', () => chain([1, 1, 4], [dense(3, 'softmax'), reshape(3)]), 'softmax', 3, false],
    [
      'flatten',
      () => chain([1, 1, 4], [dense(3, 'softmax'), layers.flatten()]),
      'softmax',
      3,
      false,
    ],
    [
      'one sigmoid, flattened',
      () => chain([1, 1, 4], [dense(1, 'sigmoid'), layers.flatten()]),
      'sigmoid',
      1,
      true,
    ],
    [
      'sigmoids in another shape',
      () => chain([4], [dense(6, 'sigmoid'), reshape(2, 3)]),
      'sigmoid',
      3,
      false,
    ],
    ['a mask', () => chain([5, 5, 2], [dense(1, 'sigmoid')]), 'sigmoid', 1, false],
    [
      'dropout',
      () => chain([4], [dense(3, 'softmax'), layers.dropout({ rate: 0.5 })]),
      'softmax',
      3,
      false,
    ],
    [
      'permute of places',
      () => chain([2, 4, 4], [dense(3, 'softmax'), layers.permute({ dims: [2, 1, 3] })]),
      'softmax',
      3,
      false,
    ],
    [
      'nested',
      () => chain([1, 1, 4], [chain([1, 1, 4], [dense(3, 'softmax')]), layers.flatten()]),
      'softmax',
      3,
      false,
    ],
    [
      'softmax before a nested reshape',
      () => chain([1, 1, 4], [dense(3, 'softmax'), chain([1, 1, 3], [reshape(3)])]),
      'softmax',
      3,
      false,
    ],
    [
      'sequential',
      () =>
        tf.sequential({
          layers: [
            layers.dense({ units: 3, activation: 'softmax', inputShape: [1, 4] }),
            layers.flatten(),
          ],
        }),
      'softmax',
      3,
      false,
    ],
    [
      'merged',
      () => {
        const inputs = tf.input({ shape: [4] });
        const [a, b] = [dense(3, 'softmax').apply(inputs), dense(3, 'softmax').apply(inputs)];
        const outputs = layers.average().apply([a, b] as SymbolicTensor[]) as SymbolicTensor;
        return tf.model({ inputs, outputs });
      },
      'linear',
      3,
      false,
    ],
  ];
  for (const [name, make, activation, units, binary] of cases) {
    it(name, () => {
      const model = make();
      const found = modelOutput(model);
      assert.deepEqual([found.activation, found.units, found.binary], [activation, units, binary]);
      model.dispose();
    });
  }

  it('is undefined for a softmax in another order, an unknown size or several outputs', () => {
    const refused = (model: LayersModel, message: RegExp) => {
      assert.throws(() => modelOutput(model), { code: 'bad-model', message });
      model.dispose();
    };
    const places = () => dense(3, 'softmax');
    refused(chain([2, 4], [places(), layers.flatten()]), /softmax of layer .* in another order/);
    refused(chain([2, 4], [places(), layers.permute({ dims: [2, 1] })]), /last axis of the output/);
    refused(chain([2, 4], [layers.softmax({ axis: 1 })]), /last axis of the output/);
    refused(chain([3, null], [act('sigmoid')]), /size of its last dimension must be known/);
    const inputs = tf.input({ shape: [4] });
    const outputs = [dense(3, 'softmax'), dense(1, 'sigmoid')].map(
      (layer) => layer.apply(inputs) as SymbolicTensor,
    );
    const two = tf.model({ inputs, outputs });
    assert.deepEqual(
      modelOutputs(two).map(({ activation, units }) => [activation, units]),
      [
        ['softmax', 3],
        ['sigmoid', 1],
      ],
    );
    refused(two, /has 2 outputs/);
  });
});

describe('logits', () => {
  it('are the inputs of the last activation, also before a reshape', () => {
    const plain = chain([1, 1, 4], [dense(3)]);
    const x = tf.randomNormal([2, 1, 1, 4], 0, 1, 'float32', 3);
    const expected = (plain.predict(x) as Tensor).dataSync();
    for (const after of [
      [act('softmax'), reshape(3)],
      [layers.softmax({ axis: -1 }), layers.flatten()],
      [layers.flatten(), act('sigmoid')],
    ]) {
      const model = chain([1, 1, 4], [dense(3), ...after]);
      model.setWeights(plain.getWeights());
      const tensors = tf.memory().numTensors;
      const logits = tf.tidy(() => withLogits(model, () => model.predict(x) as Tensor).dataSync());
      assert.ok(largestDifference(logits as Float32Array, expected as Float32Array) < 1e-6);
      assert.equal(tf.memory().numTensors, tensors);
    }
  });

  it('are an error where the softmax is used twice', () => {
    const softmax = layers.softmax({ name: 'twice' });
    const inputs = tf.input({ shape: [4] });
    const inner = softmax.apply(dense(3).apply(inputs));
    const outputs = softmax.apply(dense(3).apply(inner)) as SymbolicTensor;
    const model = tf.model({ inputs, outputs });
    assert.throws(() => withLogits(model, () => 0), {
      code: 'shared-layer',
      message: /layer twice, which makes the output of .*, is applied 2 times/,
    });
  });

  it('give the loss before a reshape where probabilities saturate', async () => {
    // Probabilities (1, 0, 0) and the second class true: with clipping it would be 16.1.
    const examples = {
      x: { shape: [1, 1, 1, 3], values: Float32Array.of(200, 0, 0) },
      y: { shape: [1, 3], values: Float32Array.of(0, 1, 0) },
    };
    for (const last of [reshape(3), layers.flatten()]) {
      for (const softmax of [act('softmax'), layers.softmax({ axis: -1 })]) {
        const model = chain([1, 1, 3], [softmax, last]);
        assert.equal((await evaluate(model, examples)).loss, 200);
        model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
        const [x, y] = [tf.tensor([200, 0, 0], [1, 1, 1, 3]), tf.tensor2d([[0, 1, 0]])];
        const tensors = tf.memory().numTensors;
        const loss = tf.tidy(() => (model.evaluate(x, y) as Tensor).dataSync()[0]);
        assert.equal(loss, 200);
        assert.equal(tf.memory().numTensors, tensors);
      }
    }
  });
});

describe('explain', () => {
  const conv = (inputShape?: number[]) =>
    layers.conv2d({
      filters: 4,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      name: 'conv',
      ...(inputShape ? { inputShape } : {}),
    } as never);

  it('explains a softmax before a reshape like one without it', () => {
    const top = (rest: unknown[]) =>
      chain(
        [8, 8, 3],
        [
          conv(),
          layers.averagePooling2d({ poolSize: 8 }),
          layers.conv2d({ filters: 3, kernelSize: 1 }),
          ...rest,
        ],
      );
    const plain = top([layers.flatten()]);
    const images = tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 5) as Tensor4D;
    for (const rest of [
      [layers.softmax({ axis: -1 }), reshape(3)],
      [act('softmax'), layers.flatten()],
    ]) {
      const model = top(rest);
      model.setWeights(plain.getWeights());
      for (const method of ['grad-cam', 'score-cam', 'saliency'] as const) {
        const options = { method, targets: 1, layers: 'conv' };
        const [mine, theirs] = [explain(model, images, options), explain(plain, images, options)];
        assert.deepEqual(mine.logits, theirs.logits);
        assert.ok(largestDifference(mine.maps, theirs.maps) < 1e-5, method);
      }
    }
    images.dispose();
  });

  it('explains a model of unknown height and width', () => {
    const make = (side: number | null) =>
      chain([side, side, 3], [conv(), layers.globalAveragePooling2d({}), dense(3, 'softmax')]);
    const [open, fixed] = [make(null), make(8)];
    open.setWeights(fixed.getWeights());
    const images = tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 5) as Tensor4D;
    for (const method of ['grad-cam', 'ablation-cam', 'cam', 'occlusion'] as const) {
      const maps = (model: LayersModel) => explain(model, images, { method, targets: 1 }).maps;
      assert.ok(largestDifference(maps(open), maps(fixed)) < 1e-6, method);
    }
    images.dispose();
  });

  it('does not skip an activation that changes values', () => {
    const model = chain(
      [8, 8, 3],
      [conv(), layers.globalAveragePooling2d({}), act('tanh'), dense(3, 'softmax')],
    );
    const images = tf.ones([1, 8, 8, 3]) as Tensor4D;
    assert.throws(() => explain(model, images, { method: 'cam', layers: 'conv' }), {
      code: 'no-class-weights',
    });
    images.dispose();
  });
});
