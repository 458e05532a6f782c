import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import {
  activationsOf,
  type CamMethod,
  explain,
  faithfulness,
  randomizationTest,
} from '../../lib/cam';
import { tf } from '../../lib/runtime';
import { fixture, fixtureImages, fixtureModel } from './networks';

function conv(name: string, rest: { dataFormat?: 'channelsFirst'; inputShape?: number[] } = {}) {
  return tf.layers.conv2d({
    ...{ name, filters: 3, kernelSize: 3, padding: 'same', activation: 'relu' },
    ...(rest as object),
  });
}

function refused(model: LayersModel, images: Tensor4D, code: string, message: RegExp): void {
  const methods: CamMethod[] = ['grad-cam', 'score-cam', 'saliency'];
  for (const method of code === 'shared-layer' ? methods.slice(0, 2) : methods) {
    const tensors = tf.memory().numTensors;
    assert.throws(
      () => explain(model, images, { method }),
      (error: Error & { code?: string }) => error.code === code && message.test(error.message),
    );
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
  }
  model.dispose();
  images.dispose();
}

describe('models that cannot be explained', () => {
  it('are those of the data format channelsFirst, nested too', () => {
    const make = () =>
      tf.sequential({
        layers: [
          conv('first', { dataFormat: 'channelsFirst', inputShape: [3, 10, 10] }),
          tf.layers.globalAveragePooling2d({ dataFormat: 'channelsFirst' }),
          tf.layers.dense({ units: 4, activation: 'softmax' }),
        ],
      });
    const images = () => tf.ones([1, 3, 10, 10]) as Tensor4D;
    refused(make(), images(), 'bad-model', /layer first has the data format channelsFirst/);
    const input = tf.input({ shape: [3, 10, 10] });
    const inner = make();
    inner.name = 'inner';
    const outer = tf.model({ inputs: input, outputs: inner.apply(input) as SymbolicTensor });
    refused(outer, images(), 'bad-model', /layer inner\/first has the data format channelsFirst/);
  });

  it('are those with several inputs or outputs', () => {
    const [a, b] = [tf.input({ shape: [10, 10, 3] }), tf.input({ shape: [10, 10, 3] })];
    const top = (x: SymbolicTensor) =>
      tf.layers
        .dense({ units: 4, activation: 'softmax' })
        .apply(tf.layers.flatten().apply(x)) as SymbolicTensor;
    const sum = tf.layers
      .add()
      .apply([conv('a').apply(a), conv('b').apply(b)] as SymbolicTensor[]) as SymbolicTensor;
    const images = () => tf.ones([1, 10, 10, 3]) as Tensor4D;
    const twoInputs = tf.model({ inputs: [a, b], outputs: top(sum) });
    refused(twoInputs, images(), 'bad-model', /has 2 inputs and 1 outputs/);
    const shared = conv('c').apply(a) as SymbolicTensor;
    const twoOutputs = tf.model({ inputs: a, outputs: [top(shared), top(shared)] });
    const one = tf.model({ inputs: a, outputs: twoOutputs.outputs[1]! });
    const picture = images();
    assert.equal(explain(one, picture).logits.length, 4);
    picture.dispose();
    refused(twoOutputs, images(), 'bad-model', /has 1 inputs and 2 outputs.*by the option output/);
  });
});

describe('a model with several outputs', () => {
  const { layers } = tf;
  const build = () => {
    const input = tf.input({ shape: [12, 12, 3] });
    const shared = conv('shared').apply(input) as SymbolicTensor;
    const head = (name: string, units: number) => {
      const own = conv(`${name}_conv`).apply(shared);
      const pooled = layers.globalAveragePooling2d({}).apply(own);
      return layers.dense({ units, activation: 'softmax', name }).apply(pooled) as SymbolicTensor;
    };
    const outputs = [head('kind', 4), head('colour', 2)];
    return {
      model: tf.model({ inputs: input, outputs }),
      alone: outputs.map((output) => tf.model({ inputs: input, outputs: output })),
    };
  };

  it('has each explained as if it were alone, by name and by index', () => {
    const { model, alone } = build();
    const images = fixtureImages();
    const tensors = tf.memory().numTensors;
    const methods: CamMethod[] = ['grad-cam', 'ablation-cam', 'shapley-cam', 'full-grad', 'cam'];
    for (const method of methods) {
      const expected = alone.map((one) => explain(one, images, { method }));
      for (const [i, output] of (['kind', 'colour'] as const).entries()) {
        for (const given of [output, i]) {
          const found = explain(model, images, { method, output: given });
          assert.deepEqual(found.layers, expected[i]!.layers);
          assert.deepEqual(found.maps, expected[i]!.maps);
          assert.deepEqual(found.logits, expected[i]!.logits);
          assert.equal(found.output, given);
        }
      }
    }
    const explained = explain(model, images, { output: 'colour' });
    const scores = [model, alone[1]!].map((one) =>
      faithfulness(one, images, one === model ? explained : explain(one, images), { steps: 2 }),
    );
    assert.deepEqual(scores[0], scores[1]);
    const rows = randomizationTest(model, images, { output: 'kind', seed: 1 });
    assert.deepEqual(
      rows.map(({ layer }) => layer),
      ['none', 'kind', 'kind_conv', 'shared'],
    );
    assert.throws(() => explain(model, images, { output: 'size' }), {
      code: 'unknown-output',
      message: /unknown output: size.*0 kind, 1 colour/,
    });
    assert.throws(() => explain(model, images, { output: 'kind', layers: 'colour_conv' }), {
      code: 'unknown-layer',
    });
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
    images.dispose();
    model.dispose();
  });
});

describe('a layer applied twice', () => {
  const build = (twice: boolean, last: boolean) => {
    const input = tf.input({ shape: [10, 10, 3] });
    const shared = conv('shared');
    let x = shared.apply(input) as SymbolicTensor;
    if (twice) x = shared.apply(x) as SymbolicTensor;
    if (last) x = conv('last').apply(x) as SymbolicTensor;
    const flat = tf.layers.globalAveragePooling2d({}).apply(x);
    const outputs = tf.layers.dense({ units: 4, activation: 'softmax' }).apply(flat);
    return tf.model({ inputs: input, outputs: outputs as SymbolicTensor });
  };

  it('is refused, and leaves no tensor', () => {
    const images = tf.ones([1, 10, 10, 3]) as Tensor4D;
    const model = build(true, true);
    assert.throws(
      () => explain(model, images, { layers: 'shared' }),
      /layer shared is applied 2 times .* applied once \(.*last/,
    );
    assert.throws(() => activationsOf(model, images, ['shared']), { code: 'shared-layer' });
    model.dispose();
    refused(build(true, false), images, 'shared-layer', /layer shared is applied 2 times/);
  });

  it('does not disturb maps at another layer', () => {
    const images = tf.randomUniform([1, 10, 10, 3], 0, 1, 'float32', 5) as Tensor4D;
    const model = build(true, true);
    const tensors = tf.memory().numTensors;
    // Setting a channel to zero from the layer on, or in the whole network: the same map.
    const input = model.inputs[0]!;
    const [, shared, last, pool, dense] = model.layers;
    const copy = conv('copy');
    const unshared = [shared!, copy, last!, pool!, dense!].reduce(
      (x, layer) => layer.apply(x) as SymbolicTensor,
      input,
    );
    const chain = tf.model({ inputs: input, outputs: unshared });
    copy.setWeights(shared!.getWeights());
    for (const method of ['grad-cam', 'ablation-cam', 'guided-backprop'] as const) {
      const options = { method, targets: 1, layers: 'last' };
      assert.deepEqual(explain(model, images, options).maps, explain(chain, images, options).maps);
    }
    assert.equal(tf.memory().numTensors, tensors + 2, 'tensors left behind');
    chain.dispose();
    images.dispose();
  });

  it('is none when another model uses it too', () => {
    const images = tf.ones([1, 10, 10, 3]) as Tensor4D;
    const model = build(false, true);
    const again = tf.input({ shape: [20, 20, 3] });
    const other = model.layers[1]!.apply(again) as SymbolicTensor;
    assert.deepEqual(explain(model, images, { layers: 'shared' }).layers, ['shared']);
    assert.deepEqual(other.shape, [null, 20, 20, 3]);
    model.dispose();
    images.dispose();
  });
});

describe('targets and layers', () => {
  it('may be typed arrays, and a layer named twice counts once', () => {
    const model = fixtureModel('functional');
    const images = fixtureImages();
    const expected = explain(model, images, { targets: fixture.classes, layers: 'relu1' });
    const tensors = tf.memory().numTensors;
    for (const targets of [
      Uint8Array.from(fixture.classes),
      Int32Array.from(fixture.classes),
      fixture.classes.map((target) => Uint8Array.of(target)),
    ]) {
      const found = explain(model, images, { targets, layers: ['relu1', 'relu1'] });
      assert.deepEqual(found.maps, expected.maps);
      assert.deepEqual(found.classes, expected.classes);
      assert.deepEqual(found.layers, ['relu1']);
    }
    assert.throws(() => explain(model, images, { targets: Uint8Array.of(1, 2, 9) }), {
      message: /class 9 of image 2/,
    });
    assert.equal(tf.memory().numTensors, tensors);
    model.dispose();
    images.dispose();
  });
});
