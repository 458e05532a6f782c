import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { embeddingScatter, pca, spreadRows, umap } from '../../lib/plots';
import { classNames, clusters } from './examples';
import sklearn from './fixtures/sklearn.json';

describe('pca', () => {
  it("equals scikit-learn's scores and explained variance", () => {
    const found = pca({ values: sklearn.features, shape: sklearn.shape }, { components: 3 });
    assert.deepEqual(found.shape, [40, 3]);
    found.values.forEach((value, i) => {
      assert.ok(Math.abs(value - sklearn.scores[i]!) < 1e-6, `${i}: ${value}`);
    });
    found.explained.forEach((share, i) => {
      assert.ok(Math.abs(share - sklearn.explained[i]!) < 1e-9);
    });
  });

  it('does not depend on its seed', () => {
    const features = { values: sklearn.features, shape: sklearn.shape };
    const [one, two] = [1, 2].map((seed) => pca(features, { seed }).values);
    assert.ok(one!.every((value, i) => Math.abs(value - two![i]!) < 1e-6));
  });

  it('copes with features that are all the same, and refuses too few', () => {
    const flat = pca({ values: new Float32Array(12), shape: [4, 3] });
    assert.ok(flat.values.every((value) => value === 0));
    assert.deepEqual(flat.explained, [0, 0]);
    assert.throws(() => pca({ values: [1, 2], shape: [1, 2] }), { code: 'bad-shape' });
  });
});

describe('umap', () => {
  it('gives the same map for the same seed, and keeps clusters together', () => {
    const { features, primary } = clusters(40);
    const options = { neighbours: 6, epochs: 80, seed: 3 };
    const one = umap(features, options);
    assert.deepEqual(one.values, umap(features, options).values);
    const at = (row: number) => [one.values[row * 2]!, one.values[row * 2 + 1]!] as const;
    const near = primary.filter((cluster, row) => {
      const distances = primary.map((_, other) =>
        other === row
          ? Number.POSITIVE_INFINITY
          : Math.hypot(at(row)[0] - at(other)[0], at(row)[1] - at(other)[1]),
      );
      return primary[distances.indexOf(Math.min(...distances))] === cluster;
    });
    assert.ok(near.length >= 36, `${near.length} of 40 have a neighbour of their own cluster`);
    assert.throws(() => umap({ values: [1, 2], shape: [2, 1] }), { code: 'bad-shape' });
  });
});

describe('embeddingScatter', () => {
  it('rings wrong predictions and names them on hover', () => {
    const points = { values: [0, 0, 1, 1], shape: [2, 2] };
    const set = { primary: [0, 0], classNames, names: ['x', 'y'] };
    const { data } = embeddingScatter(points, set, { predicted: [0, 2] });
    assert.deepEqual(data[0]!['text'], ['x, Bug (row 0)', 'y, Bug, predicted Grass (row 1)']);
    const marker = data[0]!['marker'] as { line: { width: number[] } };
    assert.deepEqual(marker.line.width, [0, 2]);
    assert.throws(() => embeddingScatter(points, { ...set, primary: [0] }), { code: 'bad-shape' });
  });
});

describe('spreadRows', () => {
  it('selects rows far from one another and stops where they would overlap', () => {
    const points = { values: [0, 0, 0, 0.01, 1, 1, 0.5, 0.5], shape: [4, 2] };
    assert.deepEqual(spreadRows(points, 10), [3, 0, 2]);
    assert.deepEqual(spreadRows(points, 2), [3, 0]);
  });
});
