import * as assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { camMethods, explain, faithfulness } from '../../lib/cam';
import { tf } from '../../lib/runtime';
import { fixture, fixtureImages, fixtureModel, largestDifference } from './networks';

const label = fixture.classes[0]!;

/**
 * The reference network with only the unit of class `label`, its bias lowered or raised, ending in a
 * sigmoid; or the same as two softmax units, whose logits are -z and z.
 */
function build(end: 'sigmoid' | 'activation' | 'two', shift: number): LayersModel {
  const model = fixtureModel('sequential');
  const [conv1, relu1, pool, conv2, relu2, average, dense] = model.layers.slice(-7);
  let built: LayersModel | undefined;
  tf.tidy(() => {
    const [kernel, bias] = dense!.getWeights();
    const k = kernel!.slice([0, label], [-1, 1]);
    const b = bias!.slice([label], [1]).add(shift);
    const two = end === 'two';
    const top = tf.layers.dense({
      units: two ? 2 : 1,
      activation: two ? 'softmax' : end === 'sigmoid' ? 'sigmoid' : 'linear',
    });
    const layers = [conv1!, relu1!, pool!, conv2!, relu2!, average!, top];
    const input = tf.input({ shape: [fixture.size, fixture.size, 3] });
    let output = layers.reduce((x, layer) => layer.apply(x) as typeof input, input);
    if (end === 'activation') {
      output = tf.layers.activation({ activation: 'sigmoid' }).apply(output) as typeof input;
    }
    top.setWeights(two ? [tf.concat([k.neg(), k], 1), tf.concat([b.neg(), b])] : [k, b]);
    built = tf.model({ inputs: input, outputs: output });
  });
  return built!;
}

describe('a model that ends in one sigmoid unit', () => {
  let images: Tensor4D;
  before(() => {
    images = fixtureImages();
  });
  after(() => images.dispose());

  /** A bias with which the first image has the given probability. */
  const shiftFor = (probability: number) =>
    Math.log(probability / (1 - probability)) - fixture.logits[label]!;

  it('explains yes as pytorch-grad-cam explains the class of that unit', () => {
    const model = build('sigmoid', 0);
    const pixels = fixture.size ** 2;
    for (const method of ['grad-cam', 'hires-cam'] as const) {
      const found = explain(model, images, { method, targets: 1, layers: 'relu2' });
      const name = Object.keys(fixture.maps).find((key) => key === `${method} relu2`)!;
      const expected = fixture.maps[name]!.slice(0, pixels);
      assert.ok(largestDifference(found.maps.slice(0, pixels), expected) < 1e-4);
    }
    model.dispose();
  });

  for (const probability of [0.38, 0.62]) {
    for (const end of ['sigmoid', 'activation'] as const) {
      it(`predicts ${probability < 0.5 ? 'no' : 'yes'} with p = ${probability} (${end}), and explains what two softmax units with -z and z do`, () => {
        const one = build(end, shiftFor(probability));
        const two = build('two', shiftFor(probability));
        const predicted = one.predict(images) as Tensor4D;
        const p = predicted.dataSync();
        predicted.dispose();
        assert.ok(Math.abs(p[0]! - probability) < 1e-4);
        const tensors = tf.memory().numTensors;
        const found = explain(one, images);
        assert.deepEqual(
          found.classes,
          Array.from(p, (value) => [value > 0.5 ? 1 : 0]),
        );
        const z = Math.log(p[0]! / (1 - p[0]!));
        assert.ok(largestDifference(found.logits.slice(0, 2), [-z, z]) < 1e-4);
        assert.ok(Math.abs(found.scores[0]! - Math.abs(z)) < 1e-4);
        for (const method of camMethods) {
          const options = { method, layers: 'relu2', samples: 2, steps: 4 };
          for (const targets of ['predicted', 0, 1] as const) {
            const mine = explain(one, images, { ...options, targets });
            const theirs = explain(two, images, { ...options, targets });
            assert.ok(
              largestDifference(mine.maps, theirs.maps) < 1e-4,
              `${method}, target ${targets}`,
            );
            assert.deepEqual(mine.status, theirs.status);
          }
        }
        assert.throws(() => explain(one, images, { targets: 2 }), /classes 0 to 1/);
        assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
        one.dispose();
        two.dispose();
      });
    }
  }

  it('shows other evidence for no than for yes', () => {
    const model = build('sigmoid', shiftFor(0.38));
    const no = explain(model, images, { targets: 0, layers: 'relu2' });
    const yes = explain(model, images, { targets: 1, layers: 'relu2' });
    assert.ok(largestDifference(no.maps, yes.maps) > 0.5);
    model.dispose();
  });

  it('scores maps with the probabilities 1 - p and p', () => {
    const model = build('sigmoid', shiftFor(0.38));
    const first = images.slice([0, 0, 0, 0], [1, -1, -1, -1]);
    for (const [targets, expected] of [
      [0, 0.62],
      [1, 0.38],
    ] as const) {
      const found = explain(model, first, { targets });
      const { deletionCurve } = faithfulness(model, first, found, { steps: 2, percentiles: [50] });
      assert.ok(Math.abs(deletionCurve[0]! - expected) < 1e-4, `${deletionCurve[0]}`);
    }
    first.dispose();
    model.dispose();
  });
});
