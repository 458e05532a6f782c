import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import {
  type Augmentation,
  colorJitter,
  composeAugmentations,
  cutMix,
  mixup,
  randomErasing,
  randomFlip,
  randomRotation,
  randomZoom,
} from '../../../lib/data';
import { betaDeviate } from '../../../lib/data/augment/mixing';
import { Random, setSeed, tf } from '../../../lib/runtime';
import { train } from '../../../lib/training';
import { assertClose } from '../../ops/close';

/** Two images of 3×3 with one channel, 0 to 8 and 10 to 18, and their masks, which are the same. */
function pictures(channels = 1): Tensor {
  return tf.tidy(() => {
    const one = tf.reshape(tf.range(0, 9), [1, 3, 3, 1]);
    return tf.tile(tf.concat([one, tf.add(one, 10)], 0), [1, 1, 1, channels]);
  });
}

/** Values of x and y after an augmentation. */
function run(augment: Augmentation, x: Tensor, y: Tensor): { x: number[]; y: number[] } {
  const result = augment(x, y, Int32Array.of(0, 1));
  assert.deepEqual(result.x.shape, x.shape);
  assert.deepEqual(result.y.shape, y.shape);
  const values = { x: [...result.x.dataSync()], y: [...result.y.dataSync()] };
  tf.dispose([result.x, result.y]);
  return values;
}

const first = [0, 1, 2, 3, 4, 5, 6, 7, 8];

describe('augmentation of images and targets', () => {
  let tensors = 0;
  beforeEach(() => {
    setSeed(1);
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    assert.equal(tf.memory().numTensors, tensors);
  });

  for (const backend of ['tensorflow', 'cpu']) {
    it(`moves images and masks to where they belong, on ${backend}`, async () => {
      await tf.setBackend(backend);
      const cases: [Augmentation, number[]][] = [
        [randomFlip({ probability: 1 }), [2, 1, 0, 5, 4, 3, 8, 7, 6]],
        [
          randomFlip({ probability: 1, horizontal: false, vertical: true }),
          [6, 7, 8, 3, 4, 5, 0, 1, 2],
        ],
        [randomFlip({ probability: 1, vertical: true }), [8, 7, 6, 5, 4, 3, 2, 1, 0]],
        [randomFlip({ probability: 0 }), first],
        [randomRotation({ degrees: [90, 90] }), [2, 5, 8, 1, 4, 7, 0, 3, 6]],
        [randomRotation({ degrees: [180, 180] }), [8, 7, 6, 5, 4, 3, 2, 1, 0]],
        [randomRotation({ degrees: 0 }), first],
        [randomZoom({ scale: [1, 1] }), first],
      ];
      const x = pictures();
      for (const [augment, expected] of cases) {
        const found = run(augment, x, x);
        const all = [...expected, ...expected.map((value) => value + 10)];
        assertClose(found.x, all, 1e-4, 'pictures');
        assertClose(found.y, all, 1e-6, 'masks');
      }
      const flat = tf.tidy(() => tf.squeeze(x, [3]));
      const masks = run(randomFlip({ probability: 1 }), x, flat).y;
      assert.deepEqual(masks.slice(0, 3), [2, 1, 0]);
      tf.dispose([x, flat]);
      await tf.setBackend('tensorflow');
    });
  }

  it('zooms about the middle: twice as large shows half steps, masks whole ones', () => {
    const x = pictures();
    const found = run(randomZoom({ scale: [2, 2] }), x, x);
    assertClose(found.x.slice(0, 9), [2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6], 1e-4, 'pictures');
    assert.ok(found.y.every(Number.isInteger));
    const small = run(randomZoom({ scale: [0.5, 0.5], fill: 'constant' }), x, x);
    assert.equal(small.x[4], 4);
    assert.equal(small.x[0], 0);
    x.dispose();
  });

  it('leaves targets that are no masks, and draws for each image', () => {
    const x = tf.tidy(() => tf.tile(tf.reshape(tf.range(0, 4), [1, 2, 2, 1]), [64, 1, 1, 1]));
    const y = tf.tidy(() => tf.reshape(tf.range(0, 128), [64, 2]));
    const found = run(randomFlip(), x, y);
    assert.deepEqual(found.y, [...y.dataSync()]);
    const mirrored = found.x.filter((value, i) => i % 4 === 0 && value === 1).length;
    assert.ok(mirrored > 18 && mirrored < 46, String(mirrored));
    tf.dispose([x, y]);
  });

  it('mixes inputs and targets by the same share', () => {
    const x = pictures();
    const y = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    const shares = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const found = run(mixup({ alpha: 1, seed }), x, y);
      const share = found.y[0]!;
      assertClose([found.y[0]! + found.y[1]!], [1], 1e-6, 'sum');
      const same = share === 1;
      const other = first.map((value) =>
        same ? value : share * value + (1 - share) * (value + 10),
      );
      assertClose(found.x.slice(0, 9), other, 1e-4, 'pictures');
      shares.add(share);
    }
    assert.ok(shares.size > 5);
    tf.dispose([x, y]);
  });

  it('draws shares with the moments of a beta distribution', () => {
    for (const alpha of [0.2, 1, 3]) {
      const random = new Random(5);
      const values = Array.from({ length: 4000 }, () => betaDeviate(alpha, random));
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      assert.ok(Math.abs(mean - 0.5) < 0.025, `mean ${mean}`);
      const expected = 1 / (4 * (2 * alpha + 1));
      assert.ok(Math.abs(variance - expected) < 0.1 * expected, `variance ${variance}`);
    }
  });

  it('pastes a rectangle, and mixes targets by its area', () => {
    const zeros = tf.zeros([1, 8, 6, 2]);
    const ones = tf.ones([1, 8, 6, 2]);
    const x = tf.concat([zeros, ones], 0);
    const y = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    let mixed = 0;
    for (let seed = 0; seed < 20; seed++) {
      const found = run(cutMix({ seed }), x, y);
      const share = found.x.slice(0, 96).reduce((a, b) => a + b) / 96;
      assertClose(found.y.slice(0, 2), [1 - share, share], 1e-6, 'targets');
      if (share > 0) mixed++;
      const masks = run(cutMix({ seed }), x, x);
      assert.deepEqual(masks.x, masks.y);
    }
    assert.ok(mixed > 3);
    tf.dispose([zeros, ones, x, y]);
  });

  it('changes brightness, contrast and saturation by the formulas of torchvision', () => {
    const x = tf.tensor4d([0.2, 0.4, 0.6, 0.5, 0.1, 0.3], [1, 1, 2, 3]);
    const values = [...x.dataSync()];
    const greys = [0, 3].map(
      (i) => 0.299 * values[i]! + 0.587 * values[i + 1]! + 0.114 * values[i + 2]!,
    );
    const y = tf.zeros([1, 1]);
    const none = { brightness: 0, contrast: 0, saturation: 0, seed: 3 };
    const factor = 1 + 0.4 * (2 * new Random(3).next() - 1);
    const bright = run(colorJitter({ ...none, brightness: 0.4 }), x, y).x;
    assertClose(
      bright,
      values.map((value) => value * factor),
      1e-5,
      'brightness',
    );
    const mean = (greys[0]! + greys[1]!) / 2;
    const contrast = run(colorJitter({ ...none, contrast: 0.4 }), x, y).x;
    assertClose(
      contrast,
      values.map((value) => factor * value + (1 - factor) * mean),
      1e-5,
      'contrast',
    );
    const vivid = run(colorJitter({ ...none, saturation: 0.4 }), x, y).x;
    const expected = values.map(
      (value, i) => factor * value + (1 - factor) * greys[Math.floor(i / 3)]!,
    );
    assertClose(vivid, expected, 1e-5, 'saturation');
    assertClose(run(colorJitter(none), x, y).x, values, 1e-6, 'nothing');
    // A third of the circle turns red into green: the channels change places.
    const turn = (2 * new Random(3).next() - 1) * 0.5;
    const red = tf.tensor4d([1, 0, 0], [1, 1, 1, 3]);
    const hue = ((turn % 1) + 1) % 1;
    const found = run(colorJitter({ ...none, hue: 0.5 }), red, y).x;
    const channel = (shift: number) => {
      const k = (shift + hue * 6) % 6;
      return 1 - Math.max(0, Math.min(k, 4 - k, 1));
    };
    assertClose(found, [channel(5), channel(3), channel(1)], 1e-4, 'hue');
    const wide = tf.tidy(() => tf.sub(tf.mul(x, 2), 1));
    const inRange = run(colorJitter({ seed: 4, range: [-1, 1] }), wide, y).x;
    const plain = run(colorJitter({ seed: 4 }), x, y).x;
    assertClose(
      inRange,
      plain.map((value) => 2 * value - 1),
      1e-5,
      'range',
    );
    tf.dispose([x, y, red, wide]);
  });

  it('erases rectangles of the area that was asked for', () => {
    const x = tf.ones([40, 20, 20, 3]);
    const y = tf.zeros([40, 1]);
    const found = run(randomErasing({ seed: 2, area: [0.1, 0.2] }), x, y).x;
    const gone = Array.from({ length: 40 }, (_, i) => {
      const picture = found.slice(i * 1200, (i + 1) * 1200);
      return picture.filter((value) => value === 0).length / 1200;
    });
    const erased = gone.filter((share) => share > 0);
    assert.ok(erased.length > 8 && erased.length < 32);
    assert.ok(erased.every((share) => share > 0.07 && share < 0.24));
    const noise = run(randomErasing({ seed: 2, fill: 'noise', probability: 1 }), x, y).x;
    assert.ok(new Set(noise).size > 1000);
    tf.dispose([x, y]);
  });

  it('repeats itself with a seed, one after the other', () => {
    const x = pictures(3);
    const y = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    const all = () =>
      composeAugmentations(
        randomFlip({ seed: 1 }),
        randomRotation({ seed: 2 }),
        randomZoom({ seed: 3 }),
        colorJitter({ seed: 4, range: [0, 20] }),
        randomErasing({ seed: 5 }),
        mixup({ seed: 6 }),
        cutMix({ seed: 7 }),
      );
    const composed = tf.tidy(() => all()(x, y).x.dataSync());
    assert.deepEqual(
      composed,
      tf.tidy(() => all()(x, y).x.dataSync()),
    );
    tf.dispose([x, y]);
  });

  it('trains on mixed targets and on masks that move along', async () => {
    const values = Float32Array.from({ length: 8 * 16 }, (_, i) => (i * 7) % 5);
    const x = { shape: [8, 4, 4, 1], values };
    const masks = { shape: [8, 4, 4, 1], values: values.map((value) => Number(value > 2)) };
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 1,
          kernelSize: 1,
          inputShape: [4, 4, 1],
          activation: 'sigmoid',
        }),
      ],
    });
    let seen = 0;
    const augment = composeAugmentations(randomFlip(), mixup(), (a, b) => {
      seen++;
      return { x: a, y: b };
    });
    const options = { epochs: 20, batchSize: 4, verbose: 0, seed: 1, augment } as const;
    const history = await train(model, { x, y: masks }, options);
    assert.equal(seen, 40);
    const { loss } = history.history;
    assert.ok(loss!.at(-1)! < loss![0]!);
    for (const wrong of [
      (a: Tensor) => ({ x: a, y: a }) as never,
      (a: Tensor, _b: unknown, _rows: Int32Array) => a,
      (a: Tensor, b: Tensor, _rows: Int32Array) => ({ x: a, y: tf.slice(b, 0, 1) }),
    ]) {
      await assert.rejects(train(model, { x, y: masks }, { ...options, augment: wrong }), {
        code: 'bad-augment',
      });
    }
    model.dispose();
  });

  it('names what is out of range', () => {
    const x = tf.zeros([2, 3]);
    const labels = tf.zeros([2]);
    const wrong: (() => unknown)[] = [
      () => randomFlip({ probability: 2 }),
      () => randomRotation({ degrees: [3, 1] }),
      () => randomZoom({ scale: [0, 1] }),
      () => colorJitter({ hue: 1 }),
      () => colorJitter({ contrast: -1 }),
      () => mixup({ alpha: 0 }),
      () => randomErasing({ area: [0.5, 2] }),
    ];
    for (const make of wrong) assert.throws(make, { code: 'bad-option' });
    for (const augment of [randomFlip(), cutMix(), randomErasing(), colorJitter()]) {
      assert.throws(() => augment(x, x), { code: 'bad-shape' });
    }
    assert.throws(() => mixup()(x, labels), { code: 'bad-shape' });
    tf.dispose([x, labels]);
  });
});
