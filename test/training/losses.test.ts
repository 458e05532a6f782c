import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../../lib/runtime';
import { type Loss, losses } from '../../lib/training';
import { lossForActivation, resolveLoss } from '../../lib/training/losses/resolve';
import { close, floats, number, type Plain, type PlainTensor, readFixture } from './numbers';

interface Case {
  name: string;
  y: PlainTensor;
  z: PlainTensor;
  loss: Plain;
  labelSmoothing?: number;
  classWeight?: number[];
}

const { losses: cases } = readFixture<{ losses: Case[] }>('metrics-and-losses.json');

function lossOf({ name, labelSmoothing = 0 }: Case): Loss {
  if (name === 'categorical') return losses.categoricalCrossentropy({ labelSmoothing });
  if (name === 'binary') return losses.binaryCrossentropy({ labelSmoothing });
  if (name === 'dice') return losses.dice();
  if (name === 'bce dice') return losses.bceDice();
  return losses.meanSquaredError();
}

function outputsOf(name: string, z: ReturnType<typeof tf.tensor>) {
  if (name === 'categorical') return tf.softmax(z);
  return name === 'squared' ? z : tf.sigmoid(z);
}

for (const [i, given] of cases.entries()) {
  const { name, y, z, loss, classWeight } = given;
  test(`loss ${i}, ${name}, is that of Keras`, () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const labels = tf.tensor(floats(y).values, y.shape);
      const logits = tf.tensor(floats(z).values, z.shape);
      const each = lossOf(given).perExample({
        labels,
        logits: name === 'squared' ? undefined : logits,
        outputs: outputsOf(name, logits),
        ...(classWeight && { classWeight: tf.tensor1d(classWeight) }),
      });
      assert.deepEqual(each.shape, [y.shape[0]]);
      const found = each.mean().dataSync()[0]!;
      assert.ok(close(found, number(loss), 2e-6), `${found} instead of ${loss}`);
    });
    assert.equal(tf.memory().numTensors, before);
  });
}

test('without logits the probabilities are used, with fromLogits the outputs', () => {
  for (const given of cases.filter(({ name }) => name === 'categorical' || name === 'binary')) {
    if (given.classWeight || Math.abs(number(given.loss)) > 10) continue;
    const { name, y, z, labelSmoothing = 0 } = given;
    tf.tidy(() => {
      const labels = tf.tensor(floats(y).values, y.shape);
      const outputs = tf.tensor(floats(z).values, z.shape);
      const guessed = lossOf(given).perExample({
        labels,
        outputs: outputsOf(name, outputs),
        logits: undefined,
      });
      assert.ok(close(guessed.mean().dataSync()[0]!, number(given.loss), 1e-5));
      const make = name === 'binary' ? losses.binaryCrossentropy : losses.categoricalCrossentropy;
      const said = make({ labelSmoothing, fromLogits: true });
      const direct = said.perExample({ labels, outputs, logits: undefined });
      assert.ok(close(direct.mean().dataSync()[0]!, number(given.loss), 2e-6));
    });
  }
});

test('losses are found by name, and an unknown one lists the names', () => {
  assert.equal(resolveLoss('categoricalCrossentropy').name, 'categorical_crossentropy');
  assert.equal(resolveLoss('binary_crossentropy').name, 'binary_crossentropy');
  assert.equal(resolveLoss('mse').name, 'mean_squared_error');
  assert.equal(lossForActivation('sigmoid').name, 'binary_crossentropy');
  assert.equal(lossForActivation('relu').name, 'mean_squared_error');
  assert.throws(() => resolveLoss('hinges'), { code: 'unknown-loss', message: /hinges.*dice/ });
  assert.throws(() => losses.categoricalCrossentropy({ labelSmoothing: 2 }), {
    code: 'bad-option',
  });
});
