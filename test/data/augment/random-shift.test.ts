import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomShift } from '../../../lib/data';
import { setSeed, tf } from '../../../lib/runtime';

describe('randomShift', () => {
  it('moves each image as a whole, mirrors at the edges and follows the seed', () => {
    const width = 6;
    const values = Float32Array.from({ length: 8 * width * width }, (_, i) => i);
    const batch = tf.tensor4d(values, [8, width, width, 1]);
    const before = tf.memory().numTensors;
    setSeed(4);
    const moved = randomShift(2)(batch);
    assert.equal(tf.memory().numTensors, before + 1);
    setSeed(4);
    assert.deepEqual(randomShift(2)(batch).dataSync(), moved.dataSync());
    const found = moved.dataSync();
    const seen = new Set<string>();
    const mirrored = (at: number) => (at < 0 ? -at : at >= width ? 2 * width - 2 - at : at);
    for (let picture = 0; picture < 8; picture++) {
      const offset = picture * width * width;
      const shifts = [-2, -1, 0, 1, 2].flatMap((y) => [-2, -1, 0, 1, 2].map((x) => [y, x]));
      const fits = shifts.filter(([down, right]) =>
        Array.from({ length: width * width }).every((_, i) => {
          const y = mirrored(Math.floor(i / width) + down!);
          const x = mirrored((i % width) + right!);
          return found[offset + i] === offset + y * width + x;
        }),
      );
      assert.equal(fits.length, 1);
      seen.add(String(fits[0]));
    }
    assert.ok(seen.size > 2, 'each image has its own distance');
    tf.dispose([batch, moved]);
  });

  it('validates its input', () => {
    assert.throws(() => randomShift(0), /randomShift of 0: give whole pixels from 1/);
    const small = tf.zeros([2, 3, 3, 1]);
    assert.throws(() => randomShift(3)(small), /2×3×3×1 cannot be shifted by 3 pixels/);
    small.dispose();
  });
});
