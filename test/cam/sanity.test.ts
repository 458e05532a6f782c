import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { camMethods, explain, needsLayer, preparedModel, randomizationTest } from '../../lib/cam';
import { tf } from '../../lib/runtime';
import { fixture, fixtureImages, fixtureModel, largestDifference } from './networks';

/** A network whose first layer, or whose last, was set to one value. */
function withWeights(layer: 'conv1' | 'dense', kernel: number, bias: number) {
  const model = fixtureModel('sequential');
  const target = model.getLayer(layer);
  tf.tidy(() => {
    const [k, b] = target.getWeights();
    target.setWeights([tf.fill(k!.shape, kernel), tf.fill(b!.shape, bias)]);
  });
  return model;
}

describe('empty maps', () => {
  const cases = [
    {
      name: 'a dead layer',
      model: () => withWeights('conv1', 0, -1),
      layers: 'relu1',
      status: 'dead-layer',
    },
    {
      name: 'a zero gradient',
      model: () => withWeights('dense', 0, 1),
      layers: 'relu2',
      status: 'zero-gradient',
    },
    {
      name: 'a NaN',
      model: () => withWeights('conv1', Number.NaN, 0),
      layers: 'conv1',
      status: 'not-finite',
    },
  ];
  for (const { name, model, layers, status } of cases) {
    it(`have that status for ${name}, and are zero`, () => {
      const network = model();
      const images = fixtureImages();
      const found = explain(network, images, { layers, targets: 1 });
      assert.deepEqual(found.status, [status, status, status]);
      assert.ok(found.maps.every((value) => value === 0));
      network.dispose();
      images.dispose();
    });
  }

  it('have that status for a constant map', () => {
    const model = withWeights('conv1', 0, 1);
    const images = fixtureImages();
    const found = explain(model, images, { method: 'activations', layers: 'relu1' });
    assert.deepEqual(found.status, ['constant', 'constant', 'constant']);
    assert.ok(found.maps.every((value) => value === 0));
    model.dispose();
    images.dispose();
  });
});

describe('every method', () => {
  for (const method of camMethods) {
    it(`${method}: one image equals a batch of them, values in 0…1, no tensor left`, () => {
      const model = fixtureModel('sequential');
      const images = fixtureImages();
      const tensors = tf.memory().numTensors;
      const layers = needsLayer(method) && method !== 'cam' ? 'relu1' : undefined;
      const options = {
        method,
        targets: 2,
        noise: 0.1,
        samples: 3,
        seed: 1,
        ...(layers ? { layers } : {}),
      };
      const together = explain(model, images, options);
      assert.ok(together.maps.every((value) => value >= 0 && value <= 1));
      assert.ok(together.milliseconds > 0);
      if (method !== 'smooth-grad') {
        const first = images.slice([0, 0, 0, 0], [1, -1, -1, -1]) as Tensor4D;
        const alone = explain(model, first, options);
        assert.ok(largestDifference(alone.maps, together.maps.subarray(0, 144)) < 1e-4);
        first.dispose();
      }
      assert.equal(tf.memory().numTensors, tensors);
      model.dispose();
      images.dispose();
    });
  }

  it('explains the prediction when no class is named, and adds the logits of several', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const predicted = explain(model, images);
    predicted.classes.forEach(([target], image) => {
      const row = [...fixture.logits.slice(image * 5, image * 5 + 5)];
      assert.equal(target, row.indexOf(Math.max(...row)));
    });
    const both = explain(model, images, { targets: [[0, 3], [1], [2, 4]] });
    assert.ok(Math.abs(both.scores[0]! - (fixture.logits[0]! + fixture.logits[3]!)) < 1e-4);
    model.dispose();
    images.dispose();
  });

  it('smooths with the same noise from the same seed; without noise it is saliency', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const smooth = (seed: number, noise: number) =>
      explain(model, images, { method: 'smooth-grad', targets: 0, samples: 4, seed, noise }).maps;
    assert.deepEqual(smooth(1, 0.2), smooth(1, 0.2));
    assert.ok(largestDifference(smooth(1, 0.2), smooth(2, 0.2)) > 0.01);
    const saliency = explain(model, images, { method: 'saliency', targets: 0 }).maps;
    assert.ok(largestDifference(smooth(1, 0), saliency) < 1e-4);
    model.dispose();
    images.dispose();
  });
});

describe('the model', () => {
  it('is unchanged afterwards, also after an error', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const probabilities = () => tf.tidy(() => [...(model.predict(images) as Tensor4D).dataSync()]);
    const before = probabilities();
    explain(model, images, { method: 'guided-grad-cam' });
    assert.throws(() => explain(model, images, { method: 'cam', layers: 'relu1' }));
    assert.deepEqual(probabilities(), before);
    assert.ok(Math.abs(before.slice(0, 5).reduce((a, b) => a + b) - 1) < 1e-5, 'softmax is back');
    model.dispose();
    images.dispose();
  });

  it('can be given images of another size and range', () => {
    const model = fixtureModel('nested');
    const prepared = preparedModel(model, [6, 6, 3], (x) =>
      tf.image.resizeBilinear(x.div(255) as Tensor4D, [12, 12], false, true),
    );
    const pictures = tf.tidy(() =>
      tf.image.resizeBilinear(fixtureImages(), [6, 6], false, true).mul(255),
    ) as Tensor4D;
    const found = explain(prepared, pictures, { targets: 0, method: 'saliency' });
    assert.deepEqual(found.shape, [3, 6, 6]);
    const layer = explain(prepared, pictures, { targets: 0, method: 'ablation-cam' });
    assert.match(layer.layers[0]!, /base\/relu2$/);
    prepared.dispose();
    pictures.dispose();
  });
});

describe('randomizationTest', () => {
  it('puts the weights back and sees gradients change, layer after layer', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
    const tensors = tf.memory().numTensors;
    const rows = randomizationTest(model, images, { method: 'saliency', targets: 1, seed: 3 });
    assert.deepEqual(
      rows.map(({ layer }) => layer),
      ['none', 'dense', 'conv2', 'conv1'],
    );
    assert.equal(rows[0]!.rankCorrelation, 1);
    assert.ok(rows[3]!.rankCorrelation < 0.6, `still ${rows[3]!.rankCorrelation} alike`);
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(
      model.getWeights().map((weight) => [...weight.dataSync()]),
      weights,
    );
    model.dispose();
    images.dispose();
  });
});
