import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import {
  compareMethods,
  explain,
  type FaithfulnessBaseline,
  faithfulness,
  faithfulnessBaselines,
  withoutForeground,
} from '../../../lib/cam';
import { tf } from '../../../lib/runtime';
import { fixture, fixtureImages, fixtureModel, largestDifference } from '../networks';

type Scores = Record<'insertion' | 'deletion' | 'averageDrop' | 'increase', number[]>;

/** `fixtures/make_faithfulness.py` made it, with torch, NumPy and grad-cam's imputer. */
const reference: { steps: number; photos: number[]; scores: Record<FaithfulnessBaseline, Scores> } =
  JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/faithfulness.json'), 'utf8'));
const photos = Float32Array.from(reference.photos);

function gradCam() {
  const model = fixtureModel('sequential');
  const images = fixtureImages();
  const found = explain(model, images, { layers: 'relu1', targets: fixture.classes });
  // The reference has the fixture's rounded maps, in which equal values are equal.
  const maps = Float32Array.from(fixture.maps['grad-cam relu1']!);
  return { model, images, found: { ...found, maps } };
}

describe('faithfulness under every baseline', () => {
  for (const baseline of faithfulnessBaselines) {
    it(`${baseline} equals torch with NumPy, image by image`, () => {
      const { model, images, found } = gradCam();
      const tensors = tf.memory().numTensors;
      const options = { baseline, photos, steps: reference.steps, noise: 0 };
      const scores = faithfulness(model, images, found, options);
      assert.equal(tf.memory().numTensors, tensors);
      for (const [name, expected] of Object.entries(reference.scores[baseline])) {
        const key = name as keyof Scores;
        const difference = largestDifference(scores.perImage[key], expected);
        assert.ok(difference < 2e-4, `${baseline} ${name}: ${difference}`);
        const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
        assert.ok(Math.abs(scores[key] - mean) < 2e-4);
      }
      model.dispose();
      images.dispose();
    });
  }

  it('is photo where photos are given, else blur', () => {
    const { model, images, found } = gradCam();
    const scored = (options: object) => faithfulness(model, images, found, options).deletion;
    assert.equal(scored({ photos }), scored({ photos, baseline: 'photo' }));
    assert.equal(scored({}), scored({ baseline: 'blur' }));
    assert.notEqual(scored({}), scored({ photos }));
    const noisy = { baseline: 'noisy-linear', noise: 0.1 };
    assert.equal(scored({ ...noisy, seed: 3 }), scored({ ...noisy, seed: 3 }));
    assert.notEqual(scored({ ...noisy, seed: 3 }), scored({ ...noisy, seed: 4 }));
    model.dispose();
    images.dispose();
  });

  it('refuses an unknown baseline and missing photos before any map is computed', () => {
    const { model, images, found } = gradCam();
    const wrong = { baseline: 'grey' as FaithfulnessBaseline };
    assert.throws(() => faithfulness(model, images, found, wrong), { code: 'unknown-baseline' });
    const few = { baseline: 'photo' as const, photos: photos.subarray(0, 431) };
    const compare = (images_: number) =>
      compareMethods(model, images, new Uint8Array(3 * 144).fill(1), {
        methods: ['grad-cam'],
        faithfulImages: images_,
        faithfulness: few,
        onRow: () => assert.fail('a map was computed'),
      });
    assert.throws(() => compare(1), { code: 'bad-shape', message: /photos with 431 values for 1/ });
    few.photos = photos.subarray(0, 432);
    assert.throws(() => compare(2), { code: 'bad-shape' });
    model.dispose();
    images.dispose();
  });
});

describe('withoutForeground', () => {
  it('fills a foreground with the mirrored background, and the rest from its neighbours', () => {
    const [height, width] = [2, 6];
    const images = Uint8Array.from({ length: height * width * 3 }, (_, i) => 3 * i);
    // (0, 1) has a mirror image at (0, 4); of (0, 2), (0, 3), (1, 2) and (1, 3) none is background.
    const masks = Uint8Array.from([0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0]);
    const found = withoutForeground({ count: 1, height, width, images, masks });
    const at = (y: number, x: number) => [...found.subarray((y * 6 + x) * 3, (y * 6 + x) * 3 + 3)];
    const original = (y: number, x: number) =>
      [0, 1, 2].map((c) => Math.fround(images[(y * 6 + x) * 3 + c]! / 255));
    assert.deepEqual(at(0, 1), original(0, 4));
    for (const [y, x] of [
      [0, 0],
      [0, 4],
      [1, 0],
      [1, 1],
      [1, 5],
    ] as const) {
      assert.deepEqual(at(y, x), original(y, x));
    }
    // (0, 2) from its five neighbours, direct ones twice.
    const [left, right, below, one, two] = [at(0, 1), at(0, 3), at(1, 2), at(1, 1), at(1, 3)];
    const mean = (2 * (left[0]! + right[0]! + below[0]!) + one[0]! + two[0]!) / 8;
    assert.ok(Math.abs(at(0, 2)[0]! - mean) < 1e-5);
    assert.throws(() => withoutForeground({ count: 1, height, width, images, masks: null }), {
      code: 'no-masks',
    });
  });
});

describe('the random control', () => {
  it('differs between images and seeds, and repeats with a seed', () => {
    const { model, images } = gradCam();
    const maps = (seed: number) =>
      explain(model, images, { method: 'random', layers: 'relu2', seed }).maps;
    assert.deepEqual(maps(1), maps(1));
    assert.ok(largestDifference(maps(1), maps(2)) > 0.1);
    assert.ok(largestDifference(maps(1).subarray(0, 144), maps(1).subarray(144, 288)) > 0.1);
    model.dispose();
    images.dispose();
  });
});
