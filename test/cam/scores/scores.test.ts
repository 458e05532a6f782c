import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  compareMethods,
  explain,
  faithfulness,
  localize,
  meanLocalization,
  shiftTest,
} from '../../../lib/cam';
import { meanRankCorrelation } from '../../../lib/cam/randomize';
import { imputeLinear } from '../../../lib/cam/scores/impute';
import { tf } from '../../../lib/runtime';
import { fixture, fixtureImages, fixtureModel, largestDifference } from '../networks';

describe('localize', () => {
  const mask = Uint8Array.from([0, 0, 1, 1]);

  it('scores a perfect map 1, a map outside the mask 0, and a zero map 0', () => {
    assert.deepEqual(localize(Float32Array.from([0, 0, 1, 1]), mask), {
      pointing: 1,
      iou: 1,
      energy: 1,
    });
    assert.deepEqual(localize(Float32Array.from([1, 0, 0, 0]), mask), {
      pointing: 0,
      iou: 0,
      energy: 0,
    });
    assert.deepEqual(localize(new Float32Array(4), mask), { pointing: 0, iou: 0, energy: 0 });
  });

  it('counts by hand', () => {
    const map = Float32Array.from([0.5, 0.25, 1, 0.25]);
    // At least half of the highest: pixels 0 and 2; the mask holds 2 and 3.
    assert.deepEqual(localize(map, mask), { pointing: 1, iou: 1 / 3, energy: 0.625 });
    assert.equal(localize(map, mask, { threshold: 0.2 }).iou, 0.5);
  });

  it('means over images', () => {
    const maps = Float32Array.from([0, 0, 1, 1, 1, 0, 0, 0]);
    const masks = Uint8Array.from([...mask, ...mask]);
    assert.deepEqual(meanLocalization(maps, masks, 2), { pointing: 0.5, iou: 0.5, energy: 0.5 });
  });
});

describe('imputeLinear', () => {
  const size = { height: fixture.size, width: fixture.size, channels: 3 };
  const picture = Float32Array.from(fixture.images.slice(0, fixture.size ** 2 * 3));

  it("equals ROAD's linear system", () => {
    const imputed = imputeLinear(picture, Uint8Array.from(fixture.road.known), size);
    assert.ok(largestDifference(imputed, fixture.road.imputed) < 1e-4);
  });

  it('makes every missing pixel the mean of its neighbours, in a hole of most of the image too', () => {
    const [height, width] = [40, 48];
    const image = Float32Array.from(
      { length: height * width },
      (_, i) => Math.sin(i * i) / 2 + 0.5,
    );
    const known = Uint8Array.from(image, (_, i) => (i % width < 3 || i % 311 === 0 ? 1 : 0));
    const imputed = imputeLinear(image, known, { height, width, channels: 1 });
    let largest = 0;
    for (let i = 0; i < imputed.length; i++) {
      if (known[i]) {
        assert.equal(imputed[i], image[i]);
        continue;
      }
      let sum = 0;
      let total = 0;
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          const y = Math.floor(i / width) + dy;
          const x = (i % width) + dx;
          if ((dy === 0 && dx === 0) || y < 0 || y >= height || x < 0 || x >= width) continue;
          const weight = dy === 0 || dx === 0 ? 2 : 1;
          sum += weight * imputed[y * width + x]!;
          total += weight;
        }
      }
      largest = Math.max(largest, Math.abs(sum / total - imputed[i]!));
    }
    assert.ok(largest < 1e-6, `residual ${largest}`);
  });

  it('keeps an image without missing pixels, and returns zeros if all are missing', () => {
    assert.deepEqual(imputeLinear(picture, new Uint8Array(144).fill(1), size), picture);
    assert.ok(imputeLinear(picture, new Uint8Array(144), size).every((value) => value === 0));
  });
});

describe('meanRankCorrelation', () => {
  it('is 1 for the same order, -1 for the opposite, 0 for a flat map', () => {
    const up = Float32Array.from([1, 2, 3, 4]);
    assert.equal(meanRankCorrelation(up, Float32Array.from([1, 4, 9, 16]), 1), 1);
    assert.equal(meanRankCorrelation(up, Float32Array.from([4, 3, 2, 1]), 1), -1);
    assert.equal(meanRankCorrelation(up, new Float32Array(4), 1), 0);
  });
});

describe('faithfulness', () => {
  it('prefers the right map to its opposite, by every score', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const tensors = tf.memory().numTensors;
    // These scores are based on occlusion, so its map should score better than its inverse.
    const right = explain(model, images, {
      method: 'occlusion',
      patch: 3,
      stride: 1,
      targets: 'predicted',
    });
    const wrong = { ...right, maps: right.maps.map((value) => 1 - value) };
    const good = faithfulness(model, images, right);
    const bad = faithfulness(model, images, wrong);
    assert.ok(good.insertion > bad.insertion, `insertion ${good.insertion} ${bad.insertion}`);
    assert.ok(good.deletion < bad.deletion, `deletion ${good.deletion} ${bad.deletion}`);
    assert.ok(good.road > bad.road, `road ${good.road} ${bad.road}`);
    assert.equal(good.insertionCurve.length, 17);
    assert.equal(tf.memory().numTensors, tensors);
    // With all pixels inserted, or none deleted, it is the whole image.
    assert.ok(Math.abs(good.insertionCurve[16]! - good.deletionCurve[0]!) < 1e-6);
    model.dispose();
    images.dispose();
  });

  it('a map of ones drops nothing', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const found = explain(model, images);
    const whole = { ...found, maps: new Float32Array(found.maps.length).fill(1) };
    assert.ok(faithfulness(model, images, whole).averageDrop < 1e-6);
    assert.throws(
      () => faithfulness(model, images, explain(model, images, { size: [6, 6] })),
      /maps of shape \[3, 6, 6\] for images of shape \[3, 12, 12, 3\]/,
    );
    model.dispose();
    images.dispose();
  });
});

describe('compareMethods', () => {
  it('keeps the rows of a method together, in any order of computation', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const rows = compareMethods(model, images, new Uint8Array(3 * 144).fill(1), {
      methods: ['saliency', 'grad-cam', 'layer-cam'],
      layers: ['relu1', 'relu2'],
    });
    assert.deepEqual(
      rows.map(({ method, layer }) => `${method} ${layer}`),
      ['saliency input', 'grad-cam relu1', 'grad-cam relu2', 'layer-cam relu1', 'layer-cam relu2'],
    );
    model.dispose();
    images.dispose();
  });

  it('gives a row a method and layer, and stops when asked', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const masks = new Uint8Array(3 * 144).fill(1);
    const seen: string[] = [];
    const rows = compareMethods(model, images, masks, {
      methods: ['grad-cam++', 'saliency'],
      layers: ['relu1', 'relu2'],
      faithfulImages: 2,
      onRow: (row, done, total) => seen.push(`${done}/${total} ${row.layer}`),
    });
    assert.deepEqual(seen, ['1/3 relu1', '2/3 relu2', '3/3 input']);
    assert.equal(rows[0]!.energy > 0.999, true);
    assert.ok(rows.every((row) => row.road !== undefined && row.images === 3));
    const stopped = compareMethods(model, images, masks, {
      methods: ['grad-cam'],
      shouldStop: () => true,
    });
    assert.deepEqual(stopped, []);
    model.dispose();
    images.dispose();
  });
});

describe('shiftTest', () => {
  const size = fixture.size;
  const images = Uint8Array.from(fixture.images.slice(0, size * size * 3), (value) =>
    Math.round(value * 255),
  );
  const masks = new Uint8Array(size * size);
  for (let y = 4; y < 8; y++) masks.fill(1, y * size + 4, y * size + 8);
  const pictures = {
    count: 1,
    height: size,
    width: size,
    images,
    masks,
    primary: Uint8Array.from([1]),
  };

  it('moves the sprite, and nothing else', () => {
    // A layer whose output is the image: its map is high only on the sprite.
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 1,
          kernelSize: 1,
          kernelInitializer: 'ones',
          inputShape: [size, size, 3],
        }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const white = [...masks].flatMap((value) => [255 * value, 255 * value, 255 * value]);
    const bright = { ...pictures, images: Uint8Array.from(white) };
    const tensors = tf.memory().numTensors;
    const rows = shiftTest(model, bright, [[2, -3]], { method: 'activations' });
    assert.equal(tf.memory().numTensors, tensors);
    for (const [i, shift] of [[0, 0] as const, [2, -3] as const].entries()) {
      const { shift: found, images: count, agreement, pointing, iou, energy } = rows[i]!;
      assert.deepEqual(found, shift);
      assert.deepEqual([count, agreement, pointing, iou], [1, 1, 1, 1]);
      assert.ok(energy > 0.9999);
    }
    model.dispose();
  });

  it('needs masks, and a sprite that stays inside', () => {
    const model = fixtureModel('sequential');
    assert.throws(() => shiftTest(model, { ...pictures, masks: null }, []), /have no masks/);
    assert.throws(() => shiftTest(model, pictures, [[9, 0]]), /no sprite stays inside/);
    model.dispose();
  });
});
