import * as assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { convolutionLayers, type ExplainOptions, explain, findLayer } from '../../lib/cam';
import { GradbookError, tf } from '../../lib/runtime';
import { fixtureImages, fixtureModel } from './networks';

describe('bad input', () => {
  let model: LayersModel;
  let images: Tensor4D;
  before(() => {
    model = fixtureModel('sequential');
    images = fixtureImages();
  });
  after(() => {
    model.dispose();
    images.dispose();
  });

  const refused = (options: ExplainOptions, code: string, message: RegExp) => {
    const tensors = tf.memory().numTensors;
    assert.throws(
      () => explain(model, images, options),
      (error: unknown) =>
        error instanceof GradbookError && error.code === code && message.test(error.message),
    );
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
  };

  it('names an unknown layer and those there are', () => {
    refused({ layers: 'relu9' }, 'unknown-layer', /unknown layer: relu9\. .*relu1.*relu2/);
    refused({ layers: 2 }, 'unknown-layer', /layer index 2: the model has 2 convolutions/);
    refused({ layers: 0.5 }, 'unknown-layer', /layer index 0\.5/);
  });

  it('refuses a layer that is not spatial', () => {
    refused({ layers: 'dense' }, 'not-spatial', /layer dense has the output \[null,5\]/);
  });

  it('refuses a class out of range, and targets of another number than images', () => {
    refused({ targets: 5 }, 'bad-target', /class 5 of image 0: the model has classes 0 to 4/);
    refused({ targets: [0, -1, 2] }, 'bad-target', /class -1 of image 1/);
    refused({ targets: [0, 1] }, 'bad-target', /2 targets for 3 images/);
    refused({ targets: [[0], [], [1]] }, 'bad-target', /image 1 has no class/);
  });

  it('refuses an unknown method and options out of range', () => {
    refused(
      { method: 'gradcam' as never },
      'unknown-method',
      /unknown method: gradcam\. .*grad-cam/,
    );
    refused({ batchSize: 0 }, 'bad-option', /batchSize 0: give an integer from 1/);
  });

  it('refuses images of another size', () => {
    const other = tf.zeros([2, 8, 12, 3]) as Tensor4D;
    assert.throws(
      () => explain(model, other),
      /images of shape \[2, 8, 12, 3\]: .* takes \[n, 12, 12, 3\]/,
    );
    other.dispose();
  });

  it('refuses a model without a spatial layer', () => {
    const dense = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] });
    assert.throws(
      () => findLayer(dense),
      /has no layer with a \[batch, height, width, channels\] output/,
    );
    dense.dispose();
  });

  it('explains why the original CAM cannot be computed', () => {
    const deep = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [12, 12, 3], name: 'only' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5 }),
      ],
    });
    assert.throws(
      () => explain(deep, images, { method: 'cam' }),
      /need global average pooling and one dense layer after only, and Flatten, Dense follows: use grad-cam/,
    );
    deep.dispose();
  });
});

describe('findLayer', () => {
  it('takes the last spatial layer that computes, and reports its path', () => {
    const model = fixtureModel('nested');
    assert.equal(findLayer(model).path, 'base/relu2');
    assert.equal(findLayer(model, 'base/conv1').path, 'base/conv1');
    assert.equal(findLayer(model, 'relu1').path, 'base/relu1');
    assert.equal(findLayer(model, -1).path, 'base/conv2');
    assert.deepEqual(
      convolutionLayers(model).map(({ path }) => path),
      ['base/conv1', 'base/conv2'],
    );
    model.dispose();
  });
});
