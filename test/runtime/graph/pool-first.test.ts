import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { StepFunction } from '../../../lib/ops';
import { hasNativeOps, nodeBackend, tf } from '../../../lib/runtime';
import type { GraphNode } from '../../../lib/runtime/graph/graph-def';
import { poolFirst } from '../../../lib/runtime/graph/pool-first';

const node = (name: string, op: string, ...inputs: string[]): GraphNode => ({
  name,
  op,
  inputs,
  attributes: [],
});
const written = (nodes: readonly GraphNode[]) =>
  nodes.map(({ name, op, inputs }) => `${name} = ${op}(${inputs.join(', ')})`);

const forward = [
  node('x', 'Placeholder'),
  node('relu', 'Relu', 'x'),
  node('pool', '_MklNativeMaxPool', 'relu'),
  node('y', 'Square', 'pool'),
];
const step = [
  ...forward,
  node('slope', 'Mul', 'y', 'pool:0'),
  node('back', '_MklNativeMaxPoolGrad', 'relu', 'pool', 'slope', 'pool:1'),
  node('passed', 'ReluGrad', 'back', 'relu'),
  node('dx', 'Neg', 'passed', '^relu'),
];

describe('pooling before the ReLU', () => {
  it('forwards', () => {
    assert.deepEqual(written(poolFirst(forward, ['y:0'])), [
      'x = Placeholder()',
      'pool = _MklNativeMaxPool(x)',
      'pool_relu = Relu(pool)',
      'y = Square(pool_relu)',
    ]);
  });

  it('and backwards', () => {
    assert.deepEqual(written(poolFirst(step, ['y:0', 'dx:0'])), [
      'x = Placeholder()',
      'pool = _MklNativeMaxPool(x)',
      'pool_relu = Relu(pool)',
      'y = Square(pool_relu)',
      'slope = Mul(y, pool_relu)',
      'back_relu = ReluGrad(slope, pool_relu)',
      'back = _MklNativeMaxPoolGrad(x, pool, back_relu, pool:1)',
      'dx = Neg(back, ^pool)',
    ]);
  });

  it('of one block directly after another', () => {
    const two = [
      ...forward.slice(0, 3),
      node('relu_2', 'Relu', 'pool'),
      node('pool_2', 'MaxPool', 'relu_2'),
      node('y', 'Square', 'pool_2'),
    ];
    assert.deepEqual(written(poolFirst(two, ['y:0'])).slice(1), [
      'pool = _MklNativeMaxPool(x)',
      'pool_relu = Relu(pool)',
      'pool_2 = MaxPool(pool_relu)',
      'pool_2_relu = Relu(pool_2)',
      'y = Square(pool_2_relu)',
    ]);
  });

  it('not where something else needs what is between', () => {
    const unchanged = (nodes: GraphNode[], outputs: string[]) =>
      assert.deepEqual(written(poolFirst(nodes, outputs)), written(nodes));
    unchanged(forward, ['y:0', 'relu:0']);
    unchanged(forward, ['pool:0']);
    unchanged([...forward, node('skip', 'Neg', 'relu')], ['y:0', 'skip:0']);
    unchanged([...step, node('seen', 'Neg', 'back')], ['y:0', 'dx:0', 'seen:0']);
    unchanged(
      [node('x', 'Placeholder'), node('six', 'Relu6', 'x'), node('p', 'MaxPool', 'six')],
      ['p:0'],
    );
  });

  it('gives the same values and gradients bit for bit, with ties, zeros and negative windows', (t) => {
    if (!hasNativeOps()) return t.skip('no native ops');
    const layers = [tf.layers.reLU(), tf.layers.maxPooling2d({ poolSize: 2, padding: 'same' })];
    const body = ([x, weights]: readonly Tensor[]): Tensor[] => {
      const loss = (input: Tensor) =>
        tf.sum(
          tf.mul(
            weights!,
            layers.reduce((y, layer) => layer.apply(y) as Tensor, input),
          ),
        );
      const { value, grad } = tf.valueAndGrad(loss)(x!);
      return [tf.add(value, 0), tf.add(grad, 0)];
    };
    const compiled = new StepFunction(body, { others: [] });
    const calls = watchFunctions();
    try {
      for (let seed = 1; seed <= 6; seed++) {
        // Multiples of a half, so that many are equal, and a quarter of the windows without a positive one.
        const x = tf.tidy(() =>
          tf.round(tf.randomUniform([2, 5, 7, 3], -6, 3, 'float32', seed)).div(2),
        );
        const weights = tf.randomUniform([2, 3, 4, 3], -1, 1, 'float32', seed + 100);
        const [one, other] = [body, (given: Tensor[]) => compiled.run(given)].map((run) =>
          tf.tidy(() => run([x, weights]).map((tensor) => [...tensor.dataSync()])),
        );
        assert.deepEqual(other, one);
        tf.dispose([x, weights]);
      }
      // The ReLU after the pooling and the one of its gradient.
      assert.equal(calls.moved.size, 2);
    } finally {
      calls.restore();
      compiled.dispose();
    }
  });
});

/** Notes the nodes that pooling first adds to functions. */
function watchFunctions() {
  const backend = nodeBackend();
  const real = backend.binding;
  const calls = {
    moved: new Set<string>(),
    restore() {
      backend.binding = real;
    },
  };
  backend.binding = Object.create(real, {
    addFunction: {
      value: (...args: Parameters<typeof real.addFunction>) => {
        const text = Buffer.from(args[1]).toString('latin1');
        for (const [name] of text.matchAll(/n\d+_relu/g)) calls.moved.add(name);
        real.addFunction(...args);
      },
    },
  });
  return calls;
}
