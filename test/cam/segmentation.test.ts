import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import {
  type CamMethod,
  camMethods,
  compareMethods,
  type ExplainOptions,
  explain,
  faithfulness,
} from '../../lib/cam';
import { unet } from '../../lib/models';
import { setSeed, tf } from '../../lib/runtime';
import { fixture, fixtureImages, largestDifference } from './networks';

/** `fixtures/make_segmentation_cam.py` made it, with pytorch-grad-cam. */
const reference: {
  convs: { kernel: number[]; bias: number[] }[];
  classes: number[];
  regions: number[];
  means: number[];
  maps: Record<string, number[]>;
} = JSON.parse(fs.readFileSync(path.join(__dirname, 'fixtures/segmentation-cam.json'), 'utf8'));

const { size } = fixture;

/** The reference network; or its class 1 alone, as one sigmoid or as two softmax units with -z and z. */
function build(end: 'three' | 'sigmoid' | 'two' = 'three'): LayersModel {
  const { layers } = tf;
  const conv = (i: number, filters: number, kernelSize = 3, activation?: 'softmax' | 'sigmoid') =>
    layers.conv2d({
      ...{ name: `conv${i}`, filters, kernelSize, padding: 'same' },
      ...(activation ? { activation } : {}),
    });
  const relu = (name: string, x: SymbolicTensor) => layers.reLU({ name }).apply(x);
  const apply = (layer: { apply(x: never): unknown }, x: unknown) =>
    layer.apply(x as never) as SymbolicTensor;
  const input = tf.input({ shape: [size, size, 3] });
  const detail = relu('relu1', apply(conv(1, 4), input));
  const pooled = apply(layers.maxPooling2d({ poolSize: 2 }), detail);
  const deep = relu('relu2', apply(conv(2, 6), pooled));
  const up = apply(layers.upSampling2d({ size: [2, 2] }), deep);
  const both = apply(layers.concatenate(), [up, detail]);
  const last = relu('relu3', apply(conv(3, 5), both));
  const units = { three: 3, sigmoid: 1, two: 2 }[end];
  const outputs = apply(conv(4, units, 1, end === 'sigmoid' ? 'sigmoid' : 'softmax'), last);
  const model = tf.model({ inputs: input, outputs });
  tf.tidy(() => {
    const shapes = [
      [3, 3, 3, 4],
      [3, 3, 4, 6],
      [3, 3, 10, 5],
      [1, 1, 5, 3],
    ];
    const weights = reference.convs.flatMap(({ kernel, bias }, i): Tensor[] => {
      const [k, b] = [tf.tensor(kernel, shapes[i]), tf.tensor1d(bias)];
      if (i < 3 || end === 'three') return [k, b];
      const [k1, b1] = [k.slice([0, 0, 0, 1], [-1, -1, -1, 1]), b.slice([1], [1])];
      return end === 'sigmoid'
        ? [k1, b1]
        : [tf.concat([k1.neg(), k1], 3), tf.concat([b1.neg(), b1])];
    });
    model.setWeights(weights);
  });
  return model;
}

describe('maps of segmentations', () => {
  it("equal pytorch-grad-cam's with a mask an image, in any size of batch", () => {
    const model = build();
    const images = fixtureImages();
    const { classes: targets, regions } = reference;
    const tensors = tf.memory().numTensors;
    for (const [key, expected] of Object.entries(reference.maps)) {
      const [method, layers] = key.split(' ') as [CamMethod, string];
      for (const batchSize of [32, 2]) {
        const found = explain(model, images, { method, layers, targets, regions, batchSize });
        const difference = largestDifference(found.maps, expected);
        assert.ok(difference < 2e-4, `${key}: ${difference}`);
        assert.ok(largestDifference(found.logits, reference.means) < 1e-4);
      }
    }
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
    images.dispose();
    model.dispose();
  });

  it('take one sigmoid a pixel as two classes, by every method', () => {
    const [one, two] = [build('sigmoid'), build('two')];
    const images = fixtureImages();
    const tensors = tf.memory().numTensors;
    for (const method of camMethods) {
      if (method === 'cam') continue;
      for (const targets of [0, 1]) {
        const options: ExplainOptions = {
          ...{ method, targets, layers: 'relu3', samples: 2, steps: 2, maxChannels: 2 },
          regions: reference.regions,
        };
        const [a, b] = [one, two].map((model) => explain(model, images, options));
        assert.ok(largestDifference(a!.maps, b!.maps) < 1e-4, `${method}, class ${targets}`);
        assert.deepEqual(a!.status, b!.status);
      }
    }
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
    for (const used of [images, one, two]) used.dispose();
  });

  it('follow one image at a time, and mirrored copies, with the regions', () => {
    const model = build();
    const images = fixtureImages();
    const { classes: targets, regions } = reference;
    const pixels = size * size;
    const methods = ['score-cam', 'ablation-cam', 'occlusion', 'lrp-epsilon'] as const;
    for (const options of [
      ...methods.map((method) => ({ method })),
      { augmentSmooth: true, layers: 'relu2' },
    ] as ExplainOptions[]) {
      const all = explain(model, images, { ...options, targets, regions });
      for (let i = 0; i < 3; i++) {
        const image = images.slice([i, 0, 0, 0], [1, -1, -1, -1]);
        const own = regions.slice(i * pixels, (i + 1) * pixels);
        const single = explain(model, image, { ...options, targets: targets[i]!, regions: own });
        const difference = largestDifference(
          single.maps,
          all.maps.slice(i * pixels, (i + 1) * pixels),
        );
        assert.ok(difference < 1e-3, `${JSON.stringify(options)}, image ${i}: ${difference}`);
        image.dispose();
      }
    }
    images.dispose();
    model.dispose();
  });

  it("of a U-Net show what is near an image's own region", () => {
    setSeed(3);
    const model = unet({ inputShape: [8, 8, 3], filters: [4, 6] });
    const images = tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 5) as Tensor4D;
    const regions = new Float32Array(2 * 64);
    regions.fill(1, 9, 11);
    regions.fill(1, 64 + 54, 64 + 56);
    // Only pixels near a region affect it.
    const { maps, status } = explain(model, images, { method: 'saliency', targets: 1, regions });
    assert.deepEqual(status, ['ok', 'ok']);
    assert.equal(maps[63], 0, 'the far corner of the first image');
    assert.equal(maps[64], 0, 'and that of the second');
    const [row] = compareMethods(model, images, Uint8Array.from(regions), {
      ...{ methods: ['saliency'], targets: [1, 1], count: 1 },
      regions,
    });
    assert.equal(row!.images, 1);
    images.dispose();
    model.dispose();
  });

  it('refuse regions that fit no output, and scores of one probability an image', () => {
    const model = build();
    const images = fixtureImages();
    const regions = Float32Array.from(reference.regions);
    const refused = (wrong: ArrayLike<number>, message: RegExp) =>
      assert.throws(() => explain(model, images, { regions: wrong }), {
        code: 'bad-region',
        message,
      });
    refused(regions.slice(1), /431 values of regions: 3 images of 12×12 pixels need 432/);
    refused(
      regions.map((value, i) => (i < 144 ? 0 : value)),
      /image 0 is empty/,
    );
    refused(
      regions.map((value) => -value),
      /image 0 has a value below 0/,
    );
    const classifier = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [size, size, 3] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    assert.throws(() => explain(classifier, images, { regions }), /regions are for segmentations/);
    const found = explain(model, images);
    assert.throws(() => faithfulness(model, images, found), { code: 'bad-model' });
    for (const used of [images, model, classifier]) used.dispose();
  });
});
