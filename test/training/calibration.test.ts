import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, it } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/runtime';
import {
  calibrationError,
  decisionsAt,
  fitTemperature,
  labelThresholds,
  metrics,
  predict,
  predictAveraged,
  predictLogits,
  probabilitiesAt,
  score,
} from '../../lib/training';

interface Expected {
  ece: number;
  mce: number;
  bins: [number, number | null, number | null][];
  torchmetrics: { l1: number; max: number };
}

/** `fixtures/calibration.py` made it, with NumPy, scikit-learn and torchmetrics. */
const reference: {
  classes: number;
  truth: number[];
  logits: number[];
  multiLabels: number[];
  multiLogits: number[];
  single: Expected;
  multi: Expected;
  temperature: Record<'single' | 'multi' | 'before' | 'after' | 'multiAfter', number> & {
    scaled: number[];
  };
  thresholds: { threshold: number; f1: number; half: number; positives: number }[];
} = JSON.parse(fs.readFileSync(path.join(__dirname, 'fixtures/calibration.json'), 'utf8'));

const rows = reference.truth.length;
const array = (values: number[], units: number) => ({
  shape: [values.length / units, units],
  values: Float32Array.from(values),
});
const oneHot = array(
  reference.truth.flatMap((label) => [0, 1, 2, 3].map((unit) => (unit === label ? 1 : 0))),
  4,
);
const logits = array(reference.logits, 4);
const multiLabels = array(reference.multiLabels, 3);
const multiLogits = array(reference.multiLogits, 3);

function close(found: number, expected: number, tolerance: number, what = ''): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${what} ${found}, expected ${expected}`);
}

describe('calibrationError', () => {
  const sets = {
    single: () => calibrationError(oneHot, probabilitiesAt(1, logits), { bins: 10 }),
    multi: () => {
      const task = 'multi';
      return calibrationError(multiLabels, probabilitiesAt(1, multiLogits, { task }), { task });
    },
  };
  for (const task of ['single', 'multi'] as const) {
    it(`equals NumPy and torchmetrics, ${task}`, () => {
      const { ece, mce, bins, count, overconfidence } = sets[task]();
      const expected = reference[task];
      close(ece, expected.ece, 1e-6, 'ece');
      close(mce, expected.mce, 1e-6, 'mce');
      close(ece, expected.torchmetrics.l1, 1e-6, 'torchmetrics');
      close(mce, expected.torchmetrics.max, 1e-6, 'torchmetrics');
      assert.deepEqual(
        bins.map((bin) => bin.count),
        expected.bins.map(([found]) => found),
      );
      bins.forEach(({ confidence, accuracy }, i) => {
        const [, mean, hit] = expected.bins[i]!;
        if (mean === null) assert.ok(Number.isNaN(confidence) && Number.isNaN(accuracy));
        else close(confidence, mean, 1e-6);
        if (hit !== null) close(accuracy, hit, 1e-6);
      });
      assert.equal(count, task === 'single' ? rows : 3 * rows);
      assert.ok(Math.abs(overconfidence) <= ece + 1e-12);
    });
  }

  it('assigns a bin edge to the bin below it, and 0 to the first', () => {
    const values = Float64Array.of(0, 0.07, 0.2, 0.29, 0.3, 1, 0.57, 0.58);
    const labels = { shape: [8, 1], values: new Float32Array(8) };
    const { bins } = calibrationError(labels, { shape: [8, 1], values }, { bins: 100 });
    const filled = bins.flatMap(({ count, high }) => (count ? [Math.round(100 * high)] : []));
    assert.deepEqual(filled, [1, 7, 20, 29, 30, 57, 58, 100]);
  });

  it('is 0 for a calibrated network', () => {
    const values = Float32Array.of(0.75, 0.75, 0.75, 0.75);
    const labels = { shape: [4, 1], values: Float32Array.of(1, 1, 0, 1) };
    assert.equal(calibrationError(labels, { shape: [4, 1], values }).ece, 0);
  });

  it('refuses logits, other shapes and no bins', () => {
    assert.throws(() => calibrationError(oneHot, logits), { code: 'bad-values' });
    assert.throws(() => calibrationError(oneHot, multiLogits), { code: 'bad-shape' });
    const probabilities = probabilitiesAt(1, logits);
    assert.throws(() => calibrationError(oneHot, probabilities, { bins: 0 }), {
      code: 'bad-option',
    });
  });
});

describe('temperature scaling', () => {
  const expected = reference.temperature;

  it("equals scikit-learn's for a softmax", () => {
    const found = fitTemperature(oneHot, logits);
    close(found.temperature, expected.single, 1e-5);
    close(found.before, expected.before, 1e-6);
    close(found.after, expected.after, 1e-8);
    assert.equal(found.atBound, false);
    const { values, shape } = probabilitiesAt(found.temperature, logits);
    assert.deepEqual(shape, [rows, 4]);
    values.forEach((value, i) => {
      close(value, expected.scaled[i]!, 1e-6);
    });
  });

  it('equals logistic regression on the logit for sigmoids', () => {
    const found = fitTemperature(multiLabels, multiLogits, { task: 'multi' });
    close(found.temperature, expected.multi, 1e-5);
    close(found.after, expected.multiAfter, 1e-7);
    assert.ok(found.after < found.before);
  });

  it('reports where there is none: all correct, or worse than chance', () => {
    const labels = array([1, 0, 0, 1], 2);
    const right = fitTemperature(labels, array([2, -1, -3, 1], 2));
    assert.ok(right.atBound && right.temperature < 1e-4);
    const wrong = fitTemperature(labels, array([-2, 1, 3, -1], 2));
    assert.ok(wrong.atBound && wrong.temperature > 2e4);
    assert.ok(wrong.after < wrong.before && Number.isFinite(wrong.after));
  });

  it('refuses logits that are not finite, and temperatures that are not positive', () => {
    const broken = array([Number.POSITIVE_INFINITY, 0], 2);
    assert.throws(() => fitTemperature(array([1, 0], 2), broken), { code: 'bad-values' });
    assert.throws(() => probabilitiesAt(0, logits), { code: 'bad-option' });
  });
});

describe('thresholds of labels', () => {
  const probabilities = probabilitiesAt(1, multiLogits, { task: 'multi' });

  it("maximise scikit-learn's F1", () => {
    const found = labelThresholds(multiLabels, probabilities);
    found.forEach((label, i) => {
      const { threshold, f1, half, positives } = reference.thresholds[i]!;
      close(label.threshold, threshold, 1e-6);
      close(label.f1, f1, 1e-12);
      close(label.f1AtHalf, half, 1e-12);
      assert.equal(label.positives, positives);
    });
    const decisions = decisionsAt(found, probabilities);
    const logs = score(multiLabels, decisions, [metrics.f1({ threshold: 0.5 })]);
    close(logs['f1_score']!, found.reduce((sum, { f1 }) => sum + f1, 0) / 3, 1e-6);
    assert.throws(() => decisionsAt([0.5], probabilities), { code: 'bad-shape' });
  });

  it('keep 0.5 where a label never occurs, and equal probabilities on one side', () => {
    const labels = array([0, 1, 0, 0, 0, 1], 2);
    const values = array([0.9, 0.4, 0.1, 0.4, 0.3, 0.7], 2);
    const [never, tied] = labelThresholds(labels, values);
    assert.deepEqual(never, { threshold: 0.5, f1: 0, f1AtHalf: 0, positives: 0 });
    // At 0.55: one of two; at 0.2: two of three selected are correct.
    close(tied!.f1, 0.8, 1e-12);
    close(tied!.threshold, 0.2, 1e-6);
  });
});

describe('predictLogits', () => {
  it('returns the logits of softmax and sigmoid, where probabilities saturate', async () => {
    const x = { shape: [2, 3], values: Float32Array.of(200, 0, 50, -3, 1, 2) };
    for (const activation of ['softmax', 'sigmoid'] as const) {
      const model = tf.sequential({
        layers: [tf.layers.activation({ activation, inputShape: [3] })],
      });
      const tensors = tf.memory().numTensors;
      assert.deepEqual((await predictLogits(model, x)).values, x.values);
      assert.equal(tf.memory().numTensors, tensors);
      model.dispose();
    }
  });
});

describe('predictAveraged', () => {
  const x = {
    shape: [2, 4, 5, 3],
    values: Float32Array.from({ length: 120 }, (_, i) => (i * i) % 17),
  };

  const model = () => {
    const built = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [4, 5, 3] }),
        tf.layers.dense({
          units: 2,
          kernelInitializer: tf.initializers.randomNormal({ seed: 1, stddev: 0.1 }),
        }),
      ],
    });
    return built;
  };

  it('is the mean over flipped and shifted copies, edges repeated', async () => {
    const network = model();
    const tensors = tf.memory().numTensors;
    const steps: string[] = [];
    const found = await predictAveraged(network, x, {
      shifts: [
        [0, 0],
        [1, -2],
      ],
      batchSize: 1,
      onProgress: (done, copies) => steps.push(`${done}/${copies}`),
    });
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(steps, ['1/4', '2/4', '3/4', '4/4']);
    const at = (n: number, y: number, column: number, c: number) =>
      x.values[((n * 4 + y) * 5 + column) * 3 + c]!;
    const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);
    const sum = new Float64Array(4);
    for (const [down, right] of [
      [0, 0],
      [1, -2],
    ] as const) {
      for (const mirrored of [false, true]) {
        const copy = [...Array(2).keys()].flatMap((n) =>
          [...Array(4).keys()].flatMap((y) =>
            [...Array(5).keys()].flatMap((column) =>
              [0, 1, 2].map((c) => {
                const from = clamp(column - right, 4);
                return at(n, clamp(y - down, 3), mirrored ? 4 - from : from, c);
              }),
            ),
          ),
        );
        const answers = tf.tidy(() =>
          (network.predict(tf.tensor(copy, [2, 4, 5, 3])) as Tensor).dataSync(),
        );
        answers.forEach((value, i) => {
          sum[i]! += value / 4;
        });
      }
    }
    found.values.forEach((value, i) => {
      close(value, sum[i]!, 1e-5);
    });
    assert.deepEqual(found.shape, [2, 2]);
    const alone = await predictAveraged(network, x, { flip: false });
    assert.deepEqual(alone.values, (await predict(network, x)).values);
    network.dispose();
  });

  it('rejects rows that are not images, and shifts by fractions of a pixel', async () => {
    const network = model();
    const flat = { shape: [2, 60], values: x.values };
    await assert.rejects(predictAveraged(network, flat), { code: 'bad-shape' });
    await assert.rejects(predictAveraged(network, x, { shifts: [[0.5, 0]] }), {
      code: 'bad-option',
    });
    await assert.rejects(predictAveraged(network, x, { shifts: [] }), { code: 'bad-option' });
    network.dispose();
  });
});
