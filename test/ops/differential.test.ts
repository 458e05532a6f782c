import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { tf } from '../../lib/runtime';
import { assertSame, draw, seeds } from './differential/cases';
import {
  firstOrder,
  forward,
  gradients,
  putBack,
  secondOrder,
  slopeAlong,
  withNative,
} from './differential/compare';

describe('random networks by native ops and by stock tfjs', () => {
  let tensors = 0;
  before(() => {
    tensors = tf.memory().numTensors;
  });
  after(() => {
    assert.equal(tf.memory().numTensors, tensors);
  });

  it('have the same outputs and moving statistics', async () => {
    for (const seed of seeds) {
      const { graph, xs, start, dispose } = draw(seed);
      if (!graph.newForward) {
        const stock = await withNative(false, () => forward(graph, xs));
        putBack(start);
        const ours = forward(graph, xs);
        assertSame(ours, stock, 1e-4, graph, seed);
      }
      dispose();
    }
  });

  it('have the same gradients', async () => {
    for (const seed of seeds) {
      const { graph, xs, weighting, dispose } = draw(seed);
      if (!graph.newGradients) {
        const stock = await withNative(false, () => gradients(graph, xs, weighting, firstOrder));
        const ours = gradients(graph, xs, weighting, firstOrder);
        assertSame(ours, stock, 5e-4, graph, seed);
      }
      dispose();
    }
  });

  for (const [name, objective] of [
    ['gradients', firstOrder],
    ['gradients of gradients', secondOrder],
  ] as const) {
    it(`have ${name} that finite differences confirm`, () => {
      for (const seed of seeds) {
        const { graph, xs, weighting, random, dispose } = draw(seed, true);
        const [first] = xs;
        if (objective === firstOrder || (first!.dtype === 'float32' && !graph.recurrent)) {
          const { expected, actual, size } = slopeAlong(graph, xs, weighting, objective, random);
          const where = `seed ${seed}: ${graph.path.join(' ')}`;
          assert.ok(
            Math.abs(actual - expected) <= 5e-3 * Math.max(1, size),
            `slope ${actual} and not ${expected}, ${where}`,
          );
        }
        dispose();
      }
    });
  }
});
