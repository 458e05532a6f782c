import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/runtime';
import { losses } from '../../lib/training';
import { resolveLoss } from '../../lib/training/losses/resolve';
import { assertClose } from '../ops/close';
import { readFixture } from './numbers';

interface Case {
  kind: 'binary' | 'categorical';
  shape: number[];
  options: Record<string, unknown>;
  y: number[];
  z: number[];
  loss: number;
  slope: number[];
}

function lossOf({ kind, options }: Case, fromLogits = false) {
  const { label_smoothing: labelSmoothing, apply_class_balancing: applyClassBalancing } = options;
  const given = {
    ...options,
    fromLogits,
    ...(labelSmoothing !== undefined && { labelSmoothing }),
    ...(applyClassBalancing !== undefined && { applyClassBalancing }),
  } as object;
  return kind === 'binary' ? losses.binaryFocal(given) : losses.categoricalFocal(given);
}

for (const [i, one] of readFixture<Case[]>('focal-losses.json').entries()) {
  test(`focal loss ${i}, ${one.kind} ${JSON.stringify(one.options)}, and its gradient are Keras's`, () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const labels = tf.tensor(one.y, one.shape);
      const z = tf.tensor(one.z, one.shape);
      const activation = one.kind === 'binary' ? ('sigmoid' as const) : ('softmax' as const);
      const activate = (x: Tensor) => (one.kind === 'binary' ? tf.sigmoid(x) : tf.softmax(x));
      const ways: ((logits: Tensor) => Tensor)[] = [
        (logits) =>
          lossOf(one).perExample({ labels, outputs: activate(logits), logits, activation }),
        (logits) =>
          lossOf(one).perExample({ labels, outputs: activate(logits), logits: undefined }),
        (logits) => lossOf(one, true).perExample({ labels, outputs: logits, logits: undefined }),
      ];
      for (const [way, loss] of ways.entries()) {
        const { value, grad } = tf.valueAndGrad((x: Tensor) => {
          const each = loss(x);
          assert.deepEqual(each.shape, one.shape.slice(0, 1));
          return tf.mean(each);
        })(z);
        assertClose(value.dataSync(), [one.loss], 2e-6, `way ${way}`);
        assertClose(grad.dataSync(), one.slope, 5e-6, `gradient, way ${way}`);
      }
    });
    assert.equal(tf.memory().numTensors, before);
  });
}

test('focal losses have names, are cross-entropies with gamma 0, and name what is wrong', () => {
  assert.equal(resolveLoss('binaryFocalCrossentropy').name, 'binary_focal_crossentropy');
  assert.equal(
    resolveLoss('categorical_focal_crossentropy').name,
    'categorical_focal_crossentropy',
  );
  assert.equal(resolveLoss('categoricalFocal').name, 'categorical_focal_crossentropy');
  tf.tidy(() => {
    const labels = tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]);
    const logits = tf.tensor2d([3, -40, 2, -5, 100, 1], [2, 3]);
    const outputs = tf.softmax(logits);
    const inputs = { labels, outputs, logits, classWeight: tf.tensor1d([1, 3, 2]) };
    const focal = losses.categoricalFocal({ gamma: 0, alpha: 1 }).perExample(inputs);
    const plain = losses.categoricalCrossentropy().perExample(inputs);
    assertClose(focal.dataSync(), plain.dataSync(), 1e-6, 'gamma 0');
  });
  for (const options of [{ gamma: -1 }, { labelSmoothing: 2 }, { alpha: -0.1 }]) {
    assert.throws(() => losses.binaryFocal(options), { code: 'bad-option' });
    assert.throws(() => losses.categoricalFocal(options), { code: 'bad-option' });
  }
});
