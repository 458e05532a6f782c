import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scalar } from '@tensorflow/tfjs-node-gpu';
import { useNativeOps } from '../../lib/ops';
import { tf } from '../../lib/runtime';
import { evaluate } from '../../lib/training';

const logits = [2, -1, 0.5, -0.3, 1.2, 0.1];
const labels = [1, 0, 0, 0, 0, 1];
const rows = [0, 1].map((i) => ({
  z: logits.slice(3 * i, 3 * i + 3),
  t: labels.slice(3 * i, 3 * i + 3),
}));

const activations: Record<string, (z: number[]) => number[]> = {
  softmax: (z) => {
    const sum = z.reduce((total, v) => total + Math.exp(v), 0);
    return z.map((v) => Math.exp(v) / sum);
  },
  sigmoid: (z) => z.map((v) => 1 / (1 + Math.exp(-v))),
};

const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

// The formulas of Keras, in double precision: the categorical loss makes each row sum to 1 first.
const losses: Record<string, (t: number[], p: number[]) => number> = {
  categoricalCrossentropy: (t, p) => {
    const sum = p.reduce((total, v) => total + v, 0);
    return -t.reduce((total, v, i) => total + v * Math.log(p[i]! / sum), 0);
  },
  binaryCrossentropy: (t, p) => mean(t.map((v, i) => -(v ? Math.log(p[i]!) : Math.log(1 - p[i]!)))),
};

for (const activation of ['softmax', 'sigmoid']) {
  for (const [loss, formula] of Object.entries(losses)) {
    test(`${loss} after ${activation}`, async () => {
      const right = mean(rows.map(({ z, t }) => formula(t, activations[activation]!(z))));
      const model = tf.sequential();
      model.add(tf.layers.activation({ activation: activation as 'softmax', inputShape: [3] }));
      model.compile({ optimizer: 'sgd', loss });
      const x = tf.tensor2d(logits, [2, 3]);
      const y = tf.tensor2d(labels, [2, 3]);
      const before = tf.memory().numTensors;
      for (const native of [true, false]) {
        useNativeOps({ lossFromLogits: native });
        const value = model.evaluate(x, y) as Scalar;
        assert.ok(Math.abs(value.dataSync()[0]! - right) < 1e-5, `tfjs: ${value.dataSync()[0]}`);
        value.dispose();
      }
      useNativeOps({ lossFromLogits: true });
      const examples = {
        x: { shape: [2, 3], values: Float32Array.from(logits) },
        y: { shape: [2, 3], values: Float32Array.from(labels) },
      };
      const logs = await evaluate(model, examples, { loss });
      assert.ok(Math.abs(logs['loss']! - right) < 1e-5, `evaluate: ${logs['loss']} not ${right}`);
      assert.equal(tf.memory().numTensors, before);
      tf.dispose([x, y]);
      model.dispose();
    });
  }
}
