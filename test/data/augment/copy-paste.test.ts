import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageSet } from '../../../lib/data';
import { copyPaste, copyPasteSet } from '../../../lib/data';
import { setSeed, tf } from '../../../lib/runtime';

const [count, height, width] = [4, 6, 8];
const pixels = height * width;

/** Each image's background is 40, 50, 60, 70; its foreground, red 200 and more, is two by three. */
function imageSet(): ImageSet {
  const images = new Uint8Array(count * pixels * 3);
  const masks = new Uint8Array(count * pixels);
  for (let n = 0; n < count; n++) {
    images.subarray(n * pixels * 3, (n + 1) * pixels * 3).fill(40 + 10 * n);
    for (let i = 0; i < 6; i++) {
      const at = n * pixels + (1 + Math.floor(i / 3)) * width + n + (i % 3);
      masks[at] = 1;
      images.set([200 + i, 10, n], at * 3);
    }
  }
  const primary = Uint8Array.from({ length: count });
  return {
    ...{ name: 'train', count, height, width, images, masks, primary },
    names: ['a', 'b', 'c', 'd'],
    secondary: new Int8Array(count).fill(-1),
    classNames: ['only'],
    rows: Int32Array.from({ length: count }, (_, i) => i),
  };
}

/** Positions and colours of the foreground in an image with values from 0 to 1. */
function foreground(values: Float32Array) {
  return Array.from({ length: pixels }, (_, at) => at)
    .map((at) => ({ at, rgb: [...values.subarray(at * 3, at * 3 + 3)].map((v) => v * 255) }))
    .filter(({ rgb }) => rgb[0]! > 150);
}

const rows = Int32Array.from({ length: 64 }, (_, i) => i % count);

describe('copyPaste', () => {
  it('pastes each foreground whole, anywhere, on the background of another image', () => {
    const batch = tf.zeros([rows.length, height, width, 3]);
    const before = tf.memory().numTensors;
    setSeed(3);
    const composed = copyPaste(imageSet(), { brightness: 0 })(batch, rows);
    assert.equal(tf.memory().numTensors, before + 1);
    const values = composed.dataSync() as Float32Array;
    const places = new Set<number>();
    const backgrounds = new Set<string>();
    for (let i = 0; i < rows.length; i++) {
      const image = values.subarray(i * pixels * 3, (i + 1) * pixels * 3);
      const found = foreground(image);
      assert.equal(found.length, 6, 'no other foreground is left');
      const first = found[0]!.at;
      found.forEach(({ at, rgb }, k) => {
        assert.equal(at, first + Math.floor(k / 3) * width + (k % 3));
        assert.deepEqual(rgb.map(Math.round), [200 + k, 10, rows[i]!]);
      });
      const rest = [...image].filter((_, at) => !found.some((f) => f.at === Math.floor(at / 3)));
      const tones = new Set(rest.map((value) => Math.round(value * 255)));
      assert.equal(tones.size, 1);
      places.add(first);
      backgrounds.add(`${rows[i]} on ${[...tones][0]}`);
    }
    // A foreground of two by three has 5 × 6 places.
    assert.ok(places.size > 20 && places.size <= 30);
    assert.ok(backgrounds.size > 12);
    tf.dispose([batch, composed]);
  });

  it('follows the seed, brightens backgrounds alone, and leaves images as they are', () => {
    const batch = tf.zeros([rows.length, height, width, 3]);
    const draw = (options: object) => {
      setSeed(3);
      return tf.tidy(() => copyPaste(imageSet(), options)(batch, rows).dataSync() as Float32Array);
    };
    assert.deepEqual(draw({ brightness: 0.3 }), draw({ brightness: 0.3 }));
    const bright = draw({ brightness: 0.3 });
    const reds = new Set([...bright].map((v) => Math.round(v * 255)).filter((v) => v > 150));
    assert.deepEqual([...reds].sort(), [200, 201, 202, 203, 204, 205]);
    const first = imageSet().images.subarray(0, pixels * 3);
    const same = draw({ probability: 0 }).subarray(0, pixels * 3);
    assert.deepEqual(
      [...same].map((v) => Math.round(v * 255)),
      [...first],
    );
    batch.dispose();
  });

  it('makes a set with copies, the images as they are first', () => {
    const set = imageSet();
    const more = copyPasteSet(set, { copies: 2, seed: 4 });
    assert.deepEqual([more.count, more.images.length], [12, 3 * set.images.length]);
    assert.deepEqual(more.images.subarray(0, set.images.length), set.images);
    assert.deepEqual(
      [...more.primary],
      [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3].map((i) => set.primary[i]),
    );
    for (let row = 0; row < 12; row++) {
      const image = more.images.subarray(row * pixels * 3, (row + 1) * pixels * 3);
      const own = foreground(Float32Array.from(image, (value) => value / 255));
      assert.deepEqual(
        own.map(({ rgb }) => Math.round(rgb[2]!)),
        Array(6).fill(row % count),
      );
      // The masks are where the foregrounds are.
      const mask = more.masks!.subarray(row * pixels, (row + 1) * pixels);
      assert.deepEqual(
        own.map(({ at }) => at),
        Array.from(mask.keys()).filter((at) => mask[at]),
      );
    }
    assert.deepEqual(copyPasteSet(set, { copies: 2, seed: 4 }).images, more.images);
    assert.throws(() => copyPasteSet(set, { copies: 0.5 }), /0.5 copies/);
  });

  it('validates its input', () => {
    assert.throws(() => copyPaste({ ...imageSet(), masks: null }), { code: 'no-masks' });
    assert.throws(() => copyPaste(imageSet(), { probability: 2 }), /probability 2/);
    assert.throws(() => copyPaste(imageSet(), { brightness: 1 }), /brightness 1/);
  });
});
