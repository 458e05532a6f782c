import * as assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type CamMethod, type ExplainOptions, explain, explainEach } from '../../lib/cam';
import { tf } from '../../lib/runtime';
import { fixture, fixtureImages, fixtureModel, largestDifference } from './networks';

const tolerance = 1e-4;

describe('explain, beside pytorch-grad-cam', () => {
  for (const kind of ['sequential', 'functional', 'nested'] as const) {
    describe(`${kind} model`, () => {
      let model: LayersModel;
      let images: Tensor4D;
      before(() => {
        model = fixtureModel(kind);
        images = fixtureImages();
      });
      after(() => {
        model.dispose();
        images.dispose();
      });

      const check = (name: string, options: ExplainOptions) => {
        it(name, () => {
          const tensors = tf.memory().numTensors;
          const found = explain(model, images, {
            targets: fixture.classes,
            batchSize: 2,
            ...options,
          });
          assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
          const difference = largestDifference(found.maps, fixture.maps[name]!);
          assert.ok(difference < tolerance, `differs by ${difference}`);
          assert.ok(largestDifference(found.logits, fixture.logits) < tolerance);
          // The reference returns a map of zeros if there is no evidence for the class.
          const pixels = found.maps.length / 3;
          found.status.forEach((status, image) => {
            const row = fixture.maps[name]!.slice(image * pixels, (image + 1) * pixels);
            assert.equal(status, row.some((value) => value > 0) ? 'ok' : 'no-evidence');
          });
        });
      };

      for (const name of Object.keys(fixture.maps)) {
        const [method, where, extra] = name.split(' ') as [CamMethod, string?, string?];
        const layers = where === 'both' ? ['relu1', 'relu2'] : where;
        check(name, {
          method,
          ...(layers ? { layers } : {}),
          eigenSmooth: extra === 'eigen',
          augmentSmooth: extra === 'augment',
          ...(method === 'cam' ? { size: [6, 6] as const } : {}),
          ...(method === 'integrated-gradients' ? { steps: 16 } : {}),
          ...(method === 'occlusion' ? { patch: 4, stride: 2, baseline: 0.5 } : {}),
        });
      }
    });
  }
});

describe('explainEach', () => {
  it('gives the maps that each method gives by itself, and leaves no tensor', () => {
    const model = fixtureModel('functional');
    const images = fixtureImages();
    const tensors = tf.memory().numTensors;
    const methods: CamMethod[] = ['activations', 'grad-cam', 'score-cam', 'saliency', 'layer-cam'];
    for (const augmentSmooth of [false, true]) {
      const options = { layers: 'relu1', targets: fixture.classes, batchSize: 2, augmentSmooth };
      const together = explainEach(model, images, methods, options);
      assert.equal(tf.memory().numTensors, tensors);
      methods.forEach((method, i) => {
        const alone = explain(model, images, { ...options, method });
        const { milliseconds, ...found } = together[i]!;
        assert.deepEqual(found, (({ milliseconds: _, ...rest }) => rest)(alone));
        assert.ok(milliseconds > 0);
      });
    }
    model.dispose();
    images.dispose();
  });
});

describe('passes through the network', () => {
  /** How often the first layer is called: once for the shape of the answer, then batch by batch. */
  function calls(options: ExplainOptions): number {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const first = model.layers.find((layer) => layer.getClassName() === 'Conv2D')!;
    const call = first.call.bind(first);
    let count = 0;
    first.call = (inputs, kwargs) => {
      count++;
      return call(inputs, kwargs);
    };
    explain(model, images, { batchSize: 3, runEagerly: true, ...options });
    model.dispose();
    images.dispose();
    return count - 1;
  }
  const { classes } = fixture;
  const cases: [string, ExplainOptions, number][] = [
    ['one gives maps and logits where the classes are known', { targets: classes }, 1],
    ['one gives maps, logits and the predicted classes', {}, 1],
    [
      'guided Grad-CAM needs the classes first, and a pass of its own',
      { method: 'guided-grad-cam' },
      3,
    ],
    [
      'activations have no gradient, so the logits come first',
      { method: 'activations', targets: classes },
      2,
    ],
  ];
  for (const [name, options, passes] of cases) {
    it(name, () => assert.equal(calls(options), passes));
  }
});

it('the maps of predicted classes are those of the same classes given, also where logits are equal', () => {
  const model = fixtureModel('functional');
  const images = fixtureImages();
  const check = () => {
    const options = { layers: 'relu1', batchSize: 2 };
    const { milliseconds: _, ...predicted } = explain(model, images, options);
    const given = explain(model, images, { ...options, targets: predicted.classes });
    assert.deepEqual(predicted, (({ milliseconds: _, ...rest }) => rest)(given));
    return predicted;
  };
  const { classes, logits } = check();
  const count = logits.length / 3;
  classes.forEach(([one], i) => {
    const row = [...logits.slice(i * count, (i + 1) * count)];
    assert.equal(row[one!], Math.max(...row));
  });
  // All classes have the same logit: the first is predicted.
  const last = model.layers[model.layers.length - 1]!;
  tf.tidy(() => last.setWeights(last.getWeights().map((weight) => tf.zerosLike(weight))));
  assert.deepEqual(check().classes, [[0], [0], [0]]);
  model.dispose();
  images.dispose();
});
