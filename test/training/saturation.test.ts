import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tf } from '../../lib/runtime';
import { accuracyBySaturation } from '../../lib/training';

const sigmoid = (logits: number[]) =>
  tf.tidy(() => tf.sigmoid(tf.tensor1d(logits)).dataSync() as Float32Array);

/** Two examples with two true labels, one with one. */
const labels = { shape: [3, 3], values: [1, 0, 1, 1, 1, 0, 0, 1, 0] };
// The second true label of the first two examples has the larger output, both are found.
const logits = [9, -5, 10, 5, 6, -4, -3, 4, -6];

describe('accuracyBySaturation', () => {
  it('rises as the logits grow, although no decision changes', () => {
    const outputs = { shape: [3, 3], values: sigmoid(logits) };
    const rows = accuracyBySaturation(labels, outputs, [1, 2, 4]);
    // Float32 sigmoids are 1 from a logit of 17.33 on: 18 and 20 tie, then 20 and 24.
    assert.deepEqual(rows, [
      { factor: 1, saturated: 0, accuracy: 1 / 3 },
      { factor: 2, saturated: 1 / 2, accuracy: 2 / 3 },
      { factor: 4, saturated: 1, accuracy: 1 },
    ]);
  });

  it('is the metric that training measures, of outputs that tie too', () => {
    const before = tf.memory().numTensors;
    for (const factor of [1, 2, 4]) {
      const values = sigmoid(logits.map((logit) => logit * factor));
      const own = tf.tidy(() => {
        const [truth, outputs] = [labels.values, values].map((row) =>
          tf.tensor2d([...row], [3, 3]),
        );
        const hits = tf.equal(tf.argMax(truth!, -1), tf.argMax(outputs!, -1));
        return tf.mean(tf.cast(hits, 'float32')).dataSync()[0]!;
      });
      const [row] = accuracyBySaturation(labels, { shape: [3, 3], values }, [1]);
      assert.ok(Math.abs(row!.accuracy - own) < 1e-6);
    }
    assert.equal(tf.memory().numTensors, before);
  });

  it('rejects shapes that do not match', () => {
    const outputs = { shape: [3, 2], values: new Float32Array(6) };
    assert.throws(() => accuracyBySaturation(labels, outputs), /\[3,3\].*\[3,2\]/);
    assert.throws(() => accuracyBySaturation(labels, labels, [0]), /factor 0/);
  });
});
