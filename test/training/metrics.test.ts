import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../../lib/runtime';
import { Accumulator, confusionCounts, type Metric, metrics, score } from '../../lib/training';
import { resolveMetrics } from '../../lib/training/metrics/resolve';
import { close, floats, number, type Plain, type PlainTensor, readFixture } from './numbers';

interface Case {
  name: string;
  kind: 'single' | 'multi' | 'binary';
  labels: PlainTensor;
  scores: PlainTensor;
  figures: Record<string, Plain | Plain[] | Plain[][]>;
}

const { metrics: cases } = readFixture<{ metrics: Case[] }>('metrics-and-losses.json');

/** The metric of a value of the fixture. */
function metricOf(figure: string): string | Metric {
  const [name, average, threshold] = figure.split(' ');
  if (name === 'top') return metrics.topKAccuracy({ k: Number(average) });
  if (name === 'mean') return metrics.meanIou();
  if (name === 'auc') {
    if (average === 'streaming') return metrics.streamingAuc();
    return metrics.auc({ average: average as 'none' });
  }
  if (name === 'binary_accuracy' && average) return metrics.binaryAccuracyPerLabel();
  if (!average) return name!;
  const options = {
    average: average as metrics.Average,
    threshold: threshold === 'argmax' ? ('argmax' as const) : 0.5,
  };
  return metrics[name as 'f1' | 'precision' | 'recall'](options);
}

for (const { name, kind, labels, scores, figures } of cases) {
  test(`metrics of ${kind}: ${name}`, () => {
    const before = tf.memory().numTensors;
    for (const [figure, expected] of Object.entries(figures)) {
      if (figure === 'confusion') {
        assert.deepEqual(confusionCounts(floats(labels), floats(scores)), expected);
        continue;
      }
      const found = Object.values(score(floats(labels), floats(scores), [metricOf(figure)]));
      const wanted = [expected as Plain[]].flat().map(number);
      assert.equal(found.length, wanted.length, figure);
      for (const [i, value] of wanted.entries()) {
        // Keras computes in float32.
        assert.ok(close(found[i]!, value, 2e-6), `${figure}: ${found[i]} instead of ${value}`);
      }
    }
    assert.equal(tf.memory().numTensors, before);
  });
}

test('a metric collected over batches is that of the whole', () => {
  const { labels, scores } = cases.find(({ kind, name }) => kind === 'multi' && name === 'ties')!;
  const whole = score(floats(labels), floats(scores), ['auc', 'f1_score', 'binary_accuracy']);
  const before = tf.memory().numTensors;
  const found = resolveMetrics(['auc', 'f1_score', 'binary_accuracy'], 6).map((metric) => {
    const accumulator = new Accumulator(metric);
    tf.tidy(() => {
      const y = tf.tensor(floats(labels).values, labels.shape);
      const p = tf.tensor(floats(scores).values, scores.shape);
      for (const [from, size] of [
        [0, 7],
        [7, 1],
        [8, 32],
      ] as const) {
        accumulator.update(tf.slice(y, from, size), tf.slice(p, from, size));
      }
    });
    // Reading in between changes nothing.
    accumulator.read(1);
    const [value] = accumulator.read(1);
    accumulator.dispose();
    return value;
  });
  assert.deepEqual(found, Object.values(whole));
  assert.equal(tf.memory().numTensors, before);
});

test('labels name the values of classes', () => {
  const { labels, scores } = cases.find(({ kind }) => kind === 'multi')!;
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const f1 = metrics.f1({ average: 'none', threshold: 0.5, labels: names });
  assert.deepEqual(
    Object.keys(score(floats(labels), floats(scores), [f1])),
    names.map((name) => `f1_score_${name}`),
  );
  const wrong = metrics.f1({ average: 'none', labels: ['a'] });
  assert.throws(() => score(floats(labels), floats(scores), [wrong]), { code: 'bad-option' });
});

test('an unknown metric is an error that lists the names', () => {
  assert.throws(() => resolveMetrics(['acuracy'], 3), {
    code: 'unknown-metric',
    message: /acuracy.*accuracy, acc, categorical_accuracy/,
  });
  assert.deepEqual(
    resolveMetrics(['topKCategoricalAccuracy', 'accuracy'], 3).map(({ name }) => name),
    ['top_k_categorical_accuracy', 'accuracy'],
  );
});
