import * as assert from 'node:assert/strict';
import { it } from 'node:test';
import { activationsOf, explain, imageTensor } from '../../lib/cam';
import { tf } from '../../lib/runtime';
import { fixtureImages, fixtureModel, largestDifference } from './networks';

it('makes a tensor of images in bytes', () => {
  const rows = {
    shape: [1, 1, 2, 1],
    values: Uint8Array.from([0, 255]),
    scale: 2 / 255,
    offset: -1,
  };
  const images = imageTensor(rows);
  assert.deepEqual(images.shape, [1, 1, 2, 1]);
  assert.ok(largestDifference(images.dataSync(), [-1, 1]) < 1e-6);
  images.dispose();
  assert.throws(
    () => imageTensor({ shape: [2], values: new Uint8Array(2) }),
    /rows of shape \[2\]/,
  );
});

it('gives the activations of layers, whose mean is the activation map', () => {
  const model = fixtureModel('sequential');
  const images = fixtureImages();
  const tensors = tf.memory().numTensors;
  const [first, second] = activationsOf(model, images, ['relu1', -1]);
  assert.deepEqual([first!.layer, first!.shape], ['relu1', [3, 12, 12, 6]]);
  assert.deepEqual([second!.layer, second!.shape], ['conv2', [3, 6, 6, 8]]);
  const mean = Array.from({ length: 144 }, (_, pixel) =>
    first!.values.slice(pixel * 6, pixel * 6 + 6).reduce((a, b) => a + b / 6, 0),
  );
  const [low, high] = [Math.min(...mean), Math.max(...mean)];
  const { maps } = explain(model, images, { method: 'activations', layers: 'relu1' });
  const scaled = mean.map((value) => (value - low) / (high - low));
  assert.ok(largestDifference(maps.subarray(0, 144), scaled) < 1e-4);
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
  images.dispose();
});
