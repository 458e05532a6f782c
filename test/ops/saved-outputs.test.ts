import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import '../../lib/ops';
import { tf } from '../../lib/runtime';
import { assertClose } from './close';
import { checkGradients } from './finite-differences';

const values = [-1.5, -0.6, 0.3, 0.9, 1.4];

/** The second derivative at each of `values`, by `grad` of `grad`. */
function second(f: (x: Tensor) => Tensor, at = values): Float32Array {
  return tf.tidy(() => {
    const first = tf.grad((x: Tensor) => f(x).sum());
    return tf
      .grad((x: Tensor) => first(x).sum())(tf.tensor1d(at))
      .dataSync() as Float32Array;
  });
}

describe('second gradients of ops that save their own output', () => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const cases: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
    ['exp', (x) => x.exp(), Math.exp],
    ['exp squared', (x) => x.exp().square(), (x) => 4 * Math.exp(2 * x)],
    ['sigmoid', (x) => x.sigmoid(), (x) => sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x))],
    ['tanh', (x) => x.tanh(), (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
    ['sqrt of exp', (x) => x.exp().sqrt(), (x) => Math.exp(x / 2) / 4],
    ['log of 1 + exp', (x) => x.exp().add(1).log(), (x) => sigmoid(x) * (1 - sigmoid(x))],
  ];
  for (const [name, f, expected] of cases) {
    it(name, () => {
      const tensors = tf.memory().numTensors;
      assertClose(second(f), values.map(expected), 1e-5, name);
      assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
    });
  }

  it('a third gradient', () => {
    const found = tf.tidy(() => {
      const first = tf.grad((x: Tensor) => x.exp().square().sum());
      const next = tf.grad((x: Tensor) => first(x).sum());
      return tf
        .grad((x: Tensor) => next(x).sum())(tf.tensor1d(values))
        .dataSync();
    });
    assertClose(
      found,
      values.map((x) => 8 * Math.exp(2 * x)),
      1e-3,
      'third',
    );
  });

  it('softmax, and a custom gradient that saves more than its output', () => {
    const x = tf.variable(tf.tensor2d([values, values.map((v) => v * v)]));
    const inner = (f: (at: Tensor) => Tensor) => () =>
      tf
        .grad((at: Tensor) => f(at).square().sum())(x as Tensor)
        .square()
        .sum();
    checkGradients(
      inner((at) => tf.softmax(at as never)),
      [x as Variable],
      1e-2,
    );
    const exponential = tf.customGrad((at, save) => {
      const y = (at as Tensor).exp();
      (save as (tensors: Tensor[]) => void)([at as Tensor, y, tf.scalar(1)]);
      return { value: y, gradFunc: (dy: Tensor, [, saved]: Tensor[]) => dy.mul(saved!) };
    });
    checkGradients(
      inner((at) => exponential(at)),
      [x as Variable],
      1e-2,
    );
    x.dispose();
  });
});
