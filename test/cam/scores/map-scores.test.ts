import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import {
  compareMethods,
  completeness,
  explain,
  mapShape,
  maxSensitivity,
  meanMapScores,
  rankInMask,
} from '../../../lib/cam';
import { sensitivityTo } from '../../../lib/cam/scores/sensitivity';
import { tf } from '../../../lib/runtime';
import { fixture, fixtureImages, fixtureModel, largestDifference } from '../networks';

/** `fixtures/make_map_scores.py` made it, with Quantus and Captum. */
const reference: {
  maps: number[];
  masks: number[];
  scores: Record<'sparseness' | 'complexity' | 'rankAccuracy' | 'rocAuc', number[]>;
  noise: number[][];
  sensitivity: number[];
  delta: Record<string, number[]>;
  difference: number[];
} = JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/map-scores.json'), 'utf8'));

const pixels = reference.maps.length / 3;
const map = (i: number) => Float32Array.from(reference.maps.slice(i * pixels, (i + 1) * pixels));
const mask = (i: number) => Uint8Array.from(reference.masks.slice(i * pixels, (i + 1) * pixels));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('scores of one map', () => {
  it('sparseness and complexity equal those of Quantus', () => {
    const found = [0, 1, 2].map((i) => mapShape(map(i)));
    const { sparseness, complexity } = reference.scores;
    assert.ok(
      largestDifference(
        found.map((one) => one.sparseness),
        sparseness,
      ) < 1e-5,
    );
    assert.ok(
      largestDifference(
        found.map((one) => one.complexity),
        complexity,
      ) < 1e-5,
    );
  });

  it('relevance rank accuracy and ROC AUC equal those of Quantus', () => {
    const found = [0, 1, 2].map((i) => rankInMask(map(i), mask(i)));
    const { rankAccuracy, rocAuc } = reference.scores;
    assert.ok(
      largestDifference(
        found.map((one) => one.rankAccuracy),
        rankAccuracy,
      ) < 1e-6,
    );
    assert.ok(
      largestDifference(
        found.map((one) => one.rocAuc),
        rocAuc,
      ) < 1e-6,
    );
  });

  it('means them over images', () => {
    const found = meanMapScores(
      Float32Array.from(reference.maps),
      Uint8Array.from(reference.masks),
      3,
    );
    for (const [name, values] of Object.entries(reference.scores)) {
      assert.ok(Math.abs(found[name as 'rocAuc'] - mean(values)) < 1e-5, name);
    }
  });

  it('has the expected scores of uninformative maps', () => {
    const inside = Uint8Array.from([1, 0, 0, 0]);
    const zeros = new Float32Array(4);
    assert.deepEqual(mapShape(zeros), { sparseness: 0, complexity: Math.log(4) });
    assert.deepEqual(rankInMask(zeros, inside), { rankAccuracy: 0.25, rocAuc: 0.5 });
    const one = Float32Array.from([1, 0, 0, 0]);
    assert.deepEqual(rankInMask(one, inside), { rankAccuracy: 1, rocAuc: 1 });
    assert.deepEqual(rankInMask(one, Uint8Array.from([0, 0, 0, 1])), {
      rankAccuracy: 0,
      rocAuc: 1 / 3,
    });
    assert.ok(Math.abs(mapShape(one).sparseness - 0.75) < 1e-6);
    assert.ok(Math.abs(mapShape(one).complexity) < 1e-9);
    // Two pixels tie for the mask's second one.
    const shared = Float32Array.from([1, 0.5, 0.5, 0]);
    assert.equal(rankInMask(shared, Uint8Array.from([1, 1, 0, 0])).rankAccuracy, 0.75);
    assert.deepEqual(rankInMask(one, new Uint8Array(4)), { rankAccuracy: NaN, rocAuc: NaN });
  });
});

describe('scores that run the network', () => {
  it("max-sensitivity equals Captum's under the same changes", () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const tensors = tf.memory().numTensors;
    const options = { method: 'saliency', targets: fixture.classes } as const;
    const changes = reference.noise.map((values) => () => Float32Array.from(values));
    const found = sensitivityTo(model, images, explain(model, images, options), changes, options);
    assert.ok(largestDifference(found, reference.sensitivity) < 1e-3, `${found}`);
    const drawn = [1, 1, 2].map((seed) =>
      maxSensitivity(model, images, { seed, sensitivity: { samples: 2, radius: 0.05 } }),
    );
    assert.deepEqual(drawn[0], drawn[1]);
    assert.notDeepEqual(drawn[0], drawn[2]);
    const still = maxSensitivity(model, images, { sensitivity: { samples: 1, radius: 1e-7 } });
    assert.ok(Math.max(...still) < 1e-3);
    assert.throws(() => maxSensitivity(model, images, { sensitivity: { samples: 0 } }), {
      code: 'bad-option',
    });
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
    images.dispose();
    model.dispose();
  });

  it("completeness equals Captum's convergence delta, and falls with the steps", () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const tensors = tf.memory().numTensors;
    for (const steps of [4, 32]) {
      for (const batchSize of [32, 2]) {
        const options = { steps, baseline: 0.1, targets: fixture.classes, batchSize };
        const { delta, difference } = completeness(model, images, options);
        assert.ok(largestDifference(delta, reference.delta[steps]!) < 1e-5, `${delta}`);
        assert.ok(largestDifference(difference, reference.difference) < 1e-5);
      }
    }
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
    images.dispose();
    model.dispose();
  });

  it('are columns of compareMethods', () => {
    const model = fixtureModel('sequential');
    const images = fixtureImages();
    const masks = new Uint8Array(3 * fixture.size ** 2).map((_, i) => (i % 5 === 0 ? 1 : 0));
    const options = { targets: fixture.classes, seed: 4, sensitivity: { samples: 2 } };
    const rows = compareMethods(model, images, masks, {
      ...{ ...options, methods: ['grad-cam', 'saliency'], sensitiveImages: 2 },
    });
    for (const row of rows) {
      const own = explain(model, images, { ...options, method: row.method });
      const { rocAuc, sparseness } = meanMapScores(own.maps, masks, 3);
      assert.equal(row.rocAuc, rocAuc);
      assert.equal(row.sparseness, sparseness);
      assert.ok(row.complexity > 0 && row.rankAccuracy > 0 && row.maxSensitivity! > 0);
    }
    const [plain] = compareMethods(model, images, masks, { methods: ['grad-cam'] });
    assert.equal(plain!.maxSensitivity, undefined);
    images.dispose();
    model.dispose();
  });
});
