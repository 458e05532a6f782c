import assert from 'node:assert/strict';
import { Random, setSeed, tf } from '../../../lib/runtime';
import { copyOf, drawWeighting, dropKept, type Figures } from './compare';
import { drawInputs, drawWeights } from './draw';
import { disposeGraph, type Graph, randomGraph } from './graphs';

// Random networks, run by the native ops and by stock tfjs. GRADBOOK_DIFFERENTIAL gives the number of
// networks (default 24) and, after a comma, the first seed (default 1).
const [count = 24, firstSeed = 1] = (process.env['GRADBOOK_DIFFERENTIAL'] ?? '')
  .split(',')
  .filter(Boolean)
  .map(Number);
export const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
const batch = 4;

/** A network with weights and inputs, the same for the same seed. */
export function draw(seed: number, onlySmooth = false) {
  setSeed(seed);
  const random = new Random(seed);
  const graph = randomGraph(random, { onlySmooth });
  drawWeights(graph.model, random);
  const xs = drawInputs(graph, batch, random);
  const weighting = drawWeighting(graph, batch, random);
  const start = copyOf(graph.model);
  const dispose = () => {
    tf.dispose([...xs, ...weighting]);
    dropKept(start);
    disposeGraph(graph);
  };
  return { graph, xs, weighting, random, start, dispose };
}

/** Asserts that all figures agree within `tolerance` times the greatest value expected, or times one. */
export function assertSame(
  ours: Figures,
  stock: Figures,
  tolerance: number,
  graph: Pick<Graph, 'path'>,
  seed: number,
) {
  const where = `seed ${seed}: ${graph.path.join(' ')}`;
  assert.deepEqual(Object.keys(ours), Object.keys(stock), where);
  for (const [name, expected] of Object.entries(stock)) {
    const actual = ours[name]!;
    assert.equal(actual.length, expected.length, `${name}, ${where}`);
    let size = 1;
    for (let i = 0; i < expected.length; i++) size = Math.max(size, Math.abs(expected[i]!));
    for (let i = 0; i < expected.length; i++) {
      const off = Math.abs(actual[i]! - expected[i]!);
      assert.ok(
        off <= tolerance * size || Object.is(actual[i], expected[i]),
        `${name}, value ${i}: ${actual[i]} and not ${expected[i]}, ${where}`,
      );
    }
  }
}
