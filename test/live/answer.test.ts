import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain } from '../../lib/cam';
import { mapsOf, outputsOf, picturesTensor, prepareNetwork } from '../../lib/live';
import { Random, setSeed, tf } from '../../lib/runtime';
import { networks, side } from './site';

const size = [side, side] as const;

function noise(count: number): Uint8Array {
  const random = new Random(1);
  return Uint8Array.from({ length: count * side * side * 3 }, () => random.integer(0, 256));
}

function build(name: string) {
  setSeed(3);
  return networks[name]!();
}

describe('networks made ready for images', () => {
  test('are told apart by what they answer, and keep their layer of the maps', () => {
    const found = Object.keys(networks).map((name) => {
      const model = build(name);
      const { kind, layer } = prepareNetwork(model, size);
      const path = layer.replace(/_\w+(\d)$/, '');
      const inside = layer.includes('mobilenet_small/');
      model.dispose();
      return [name, kind, inside, path.split('/').length];
    });
    assert.deepEqual(found, [
      ['single', 'single', false, 1],
      ['multi', 'multi', false, 1],
      ['mask', 'mask', false, 1],
      ['transfer', 'single', true, 3],
    ]);
  });

  test('of a mask are explained at the smallest size', () => {
    const model = build('mask');
    const { layer } = prepareNetwork(model, size);
    const [, height] = model.getLayer(layer).outputShape as number[];
    assert.equal(height, side / 4);
    model.dispose();
  });

  test('get images resized, and between -1 and 1 for a MobileNet', () => {
    const model = build('transfer');
    const before = tf.memory().numTensors;
    const prepared = prepareNetwork(model, size);
    const images = picturesTensor(noise(2), size);
    const wanted = tf.tidy(() => {
      const large = tf.image.resizeBilinear(
        images.mul(2).sub(1) as tf.Tensor4D,
        [48, 48],
        false,
        true,
      );
      return (model.predict(large) as tf.Tensor).dataSync();
    });
    const found = outputsOf(prepared, images);
    images.dispose();
    assert.equal(tf.memory().numTensors, before);
    assert.equal(found.length, 20);
    for (const [i, value] of found.entries()) assert.ok(Math.abs(value - wanted[i]!) < 1e-6);
    model.dispose();
  });

  test('are refused where the page could not show them', () => {
    const linear = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [side, side, 3] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 10 }),
      ],
    });
    const flat = tf.sequential({
      layers: [tf.layers.dense({ units: 10, activation: 'softmax', inputShape: [5] })],
    });
    const blind = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [side, side, 3] }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    });
    assert.throws(() => prepareNetwork(linear, size), { code: 'bad-model', message: /by linear/ });
    assert.throws(() => prepareNetwork(flat, size), { code: 'bad-model', message: /\[null,5\]/ });
    assert.throws(() => prepareNetwork(blind, size), { code: 'bad-model', message: /convolution/ });
    for (const model of [linear, flat, blind]) model.dispose();
  });
});

describe('maps of the page', () => {
  test('are those of explain, for the surest class or another', () => {
    const model = build('single');
    const prepared = prepareNetwork(model, size);
    const images = picturesTensor(noise(3), size);
    const before = tf.memory().numTensors;
    const outputs = outputsOf(prepared, images);
    for (const method of ['grad-cam', 'layer-cam', 'occlusion'] as const) {
      const found = mapsOf(prepared, images, outputs, { method });
      const wanted = explain(model, images, { method, layers: prepared.layer });
      assert.deepEqual(found.targets, wanted.classes.flat());
      assert.deepEqual(found.maps, wanted.maps);
      assert.deepEqual(found.status, wanted.status);
    }
    const other = mapsOf(prepared, images, outputs, { method: 'grad-cam', targets: [4, 5, 6] });
    assert.deepEqual(other.targets, [4, 5, 6]);
    assert.equal(tf.memory().numTensors, before);
    images.dispose();
    model.dispose();
  });

  test('of a mask explain the pixels that are called sprite', () => {
    const model = build('mask');
    const prepared = prepareNetwork(model, size);
    const images = picturesTensor(noise(2), size);
    const outputs = outputsOf(prepared, images);
    const sprite = new Float32Array(outputs.length).fill(0.2);
    sprite.fill(0.9, 100, 140);
    const found = mapsOf(prepared, images, sprite, { method: 'grad-cam' });
    const regions = sprite.map((value) => (value > 0.5 ? 1 : 0));
    // The second image has none: all of its pixels are explained.
    regions.fill(1, side * side);
    const options = { method: 'grad-cam', targets: 1, layers: prepared.layer, regions } as const;
    assert.deepEqual(found.maps, explain(model, images, options).maps);
    assert.deepEqual(found.targets, [1, 1]);
    images.dispose();
    model.dispose();
  });
});
