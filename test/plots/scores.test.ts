import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  classReport,
  classScores,
  confusionMatrix,
  confusionOf,
  type Figure,
  insertionDeletion,
  labelScores,
  learningRateFinder,
  methodTable,
  parallelCoordinates,
  sweepHeatmap,
} from '../../lib/plots';
import sklearn from './fixtures/sklearn.json';

const names = ['a', 'b', 'c', 'd', 'e'];

/** Precision, recall, F1 and support of each class, in scikit-learn's order. */
function columns(scores: readonly object[]): number[][] {
  return ['precision', 'recall', 'f1', 'support'].map((key) =>
    scores.map((row) => (row as Record<string, number>)[key]!),
  );
}

function assertClose(found: readonly number[][], expected: readonly number[][]): void {
  found.forEach((row, i) => {
    row.forEach((value, j) => {
      assert.ok(Math.abs(value - expected[i]![j]!) < 1e-12, `${i}, ${j}: ${value}`);
    });
  });
}

function texts(figure: Figure): unknown {
  return figure.data.find(({ mode }) => mode === 'text')?.['text'];
}

describe('scores by class', () => {
  it('equal those of scikit-learn, single label, with a class that never occurs', () => {
    const counts = confusionOf(sklearn.truth, sklearn.predicted, 5);
    assert.deepEqual(counts, sklearn.confusion);
    assertClose(columns(classScores(counts, names)), sklearn.single);
  });

  it('equal those of scikit-learn, multi-label, with a label that never occurs', () => {
    const shape = [60, 4];
    const scores = labelScores(
      { values: sklearn.labels, shape },
      { values: sklearn.probabilities, shape },
      names.slice(0, 4),
    );
    assertClose(columns(scores), sklearn.multi);
  });

  it('are drawn with the number of examples', () => {
    const figure = classReport([
      { name: 'Bug', precision: 1, recall: 0.5, f1: Number.NaN, support: 4 },
    ]);
    assert.deepEqual(figure.data[0]!['x'], ['Bug<br>4']);
    assert.deepEqual(figure.data[2]!['y'], [null]);
  });

  it('refuse lists that do not fit', () => {
    assert.throws(() => confusionOf([1], [1, 2], 3), { code: 'bad-shape' });
    assert.throws(() => confusionOf([1], [7], 3), { code: 'class-out-of-range' });
    const one = { values: [1, 0, 1], shape: [1, 3] };
    assert.throws(() => labelScores(one, one, ['x', 'y']), { code: 'bad-shape' });
  });
});

describe('confusionMatrix', () => {
  it('writes counts and shares of the row, and leaves empty cells empty', () => {
    const figure = confusionMatrix([
      [3, 1],
      [0, 0],
    ]);
    assert.deepEqual(texts(figure), ['3<br>75%', '1<br>25%']);
    assert.deepEqual(figure.data[0]!['z'], [
      [0.75, 0.25],
      [null, null],
    ]);
    assert.match(figure.alt, /3 of 4 right \(75\.0 %\)/);
    assert.throws(() => confusionMatrix([[1, 2]]), { code: 'bad-shape' });
  });
});

describe('sweep views', () => {
  const rows = [
    { rate: 0.01, optimizer: 'Adam', val_accuracy: 0.5 },
    { rate: 0.01, optimizer: 'Adam', val_accuracy: 0.7 },
    { rate: 0.0001, optimizer: 'SGD', val_accuracy: 0.2 },
  ];

  it('average over seeds and give the spread', () => {
    const figure = sweepHeatmap(rows, { x: 'rate', y: 'optimizer' });
    assert.deepEqual(figure.data[0]!['x'], ['1e-4', '0.01']);
    assert.deepEqual(texts(figure), ['<b>0.600</b><br>0.500–0.700', '0.200']);
  });

  it('put settings that span a factor of 100 on a log axis', () => {
    const between = [...rows, { rate: 0.001, optimizer: 'SGD', val_accuracy: 0.1 }];
    const figure = parallelCoordinates(between);
    const worst = figure.data[0]!['y'] as number[];
    assert.ok(Math.abs(worst[0]! - 0.5) < 1e-9);
    assert.match(figure.alt, /best: rate 0.01, optimizer Adam, val_accuracy 0.7/);
  });

  it('distinguish settings that differ in the fourth digit', () => {
    const near = [0.9999, 0.999, 0.9995].map((decay, i) => ({ decay, seed: 1, val_accuracy: i }));
    const heat = sweepHeatmap(near, { x: 'decay', y: 'seed' });
    assert.deepEqual(heat.data[0]!['x'], ['0.999', '0.9995', '0.9999']);
    const lines = parallelCoordinates(near, { columns: ['decay', 'val_accuracy'] });
    const marks = (lines.layout['annotations'] as { text: string }[]).map(({ text }) => text);
    assert.deepEqual(marks.slice(1, 4), ['0.999', '0.9995', '0.9999']);
    const mixed = ['1', 1, 'true', true].map((kind) => ({ kind, seed: 1, val_accuracy: 1 }));
    const columns = sweepHeatmap(mixed, { x: 'kind', y: 'seed' }).data[0]!['x'];
    assert.deepEqual(columns, ["'1'", '1', "'true'", 'true']);
  });

  it('treat the lowest loss as the best, and mark diverged runs', () => {
    const losses = [0.4, Number.NaN, 0.1, 2].map((val_loss, rate) => ({ rate, val_loss }));
    const figure = parallelCoordinates(losses, { value: 'val_loss' });
    assert.match(figure.alt, /best: rate 2, val_loss 0\.1; 1 diverged$/);
    const order = figure.data.slice(0, 4).map(({ text }) => (text as string[])[0]);
    assert.deepEqual(order, [
      ...['rate: 1<br>val_loss: NaN', 'rate: 3<br>val_loss: 2'],
      ...['rate: 0<br>val_loss: 0.4', 'rate: 2<br>val_loss: 0.1'],
    ]);
    assert.equal((figure.data[0]!['y'] as number[])[1], 1, 'at the end of the great losses');
    assert.doesNotMatch(JSON.stringify(figure.data), /rgb\(NaN|null,null/);
    const lost = [0.5, Number.NaN].map((val_loss) => ({ rate: 1, seed: 1, val_loss }));
    const options = { x: 'rate', y: 'seed', value: 'val_loss' };
    assert.deepEqual(texts(sweepHeatmap(lost, options)), [
      '<b>0.500</b><br>0.500–0.500, 1 diverged',
    ]);
    assert.deepEqual(texts(sweepHeatmap(lost.slice(1), options)), ['diverged']);
    const small = [{ rate: 1, seed: 1, val_loss: 0.00031 }];
    assert.deepEqual(texts(sweepHeatmap(small, options)), ['3.1e-4']);
  });

  it('list the columns when one is missing', () => {
    assert.throws(() => sweepHeatmap(rows, { x: 'depth', y: 'optimizer' }), {
      code: 'no-column',
      message: 'no column depth in run 0: there are rate, optimizer, val_accuracy',
    });
  });
});

describe('learningRateFinder', () => {
  it('suggests the rate at which the loss falls most steeply, before its least value', () => {
    const learningRates = Array.from({ length: 60 }, (_, i) => 1e-6 * 10 ** (i / 10));
    const losses = learningRates.map((_, i) => (i < 50 ? 2 / (1 + Math.exp((i - 30) / 3)) : i));
    const { alt } = learningRateFinder({ learningRates, losses, smoothed: losses });
    assert.match(alt, /suggested 0\.001$/);
  });
});

describe('method table and curves', () => {
  it('mark the best of each column, where lower may be better', () => {
    const figure = methodTable([
      { method: 'a', iou: 0.2, deletion: 0.1, curve: [1] },
      { method: 'b', iou: 0.4, deletion: 0.3, curve: [1] },
    ]);
    assert.deepEqual(texts(figure), ['0.2', '<b>0.1</b>', '<b>0.4</b>', '0.3']);
    assert.throws(() => methodTable([{ method: 'a' }]), { code: 'no-column' });
  });

  it('mark a column without spread, and colour none of its cells', () => {
    const rows = [
      { method: 'a', iou: 0.2, deletion: 0.0794, averageDrop: 1, increase: 0 },
      { method: 'b', iou: 0.4, deletion: 0.0796, averageDrop: 1, increase: 0 },
      { method: 'c', iou: Number.NaN, deletion: 0.0795, averageDrop: 1, increase: 0 },
    ];
    const figure = methodTable(rows);
    const heat = figure.data.find(({ type }) => type === 'heatmap')!;
    assert.deepEqual(heat['z'], [
      [0, null, null, null],
      [1, null, null, null],
      [null, null, null, null],
    ]);
    assert.deepEqual((texts(figure) as string[]).slice(0, 8), [
      ...['0.2', '0.0794', '1', '0'],
      ...['<b>0.4</b>', '0.0796', '1', '0'],
    ]);
    const { xaxis } = figure.layout as { xaxis: { ticktext: string[] } };
    assert.deepEqual(xaxis.ticktext, [
      'iou',
      'deletion<br><i>no spread</i>',
      'average<br>drop<br><i>no spread</i>',
      'increase<br><i>no spread</i>',
    ]);
    assert.equal(
      figure.alt,
      'table of 3 methods; best by iou b; no spread in deletion, average drop, increase',
    );
    // Lower is better in `deletion`, whose small differences count if configured.
    const close = methodTable(rows, { columns: ['deletion', 'increase'], minSpread: 0 });
    const cells = close.data.find(({ type }) => type === 'heatmap')!['z'] as (number | null)[][];
    assert.deepEqual(
      cells.map(([deletion, increase]) => [Math.round(deletion! * 100) / 100, increase]),
      [
        [1, null],
        [0, null],
        [0.5, null],
      ],
    );
    const single = methodTable(rows.slice(0, 1));
    assert.equal(single.alt, 'table of 1 methods');
  });

  it('give the area below each curve', () => {
    const figure = insertionDeletion({
      cam: { insertionCurve: [0, 1, 1], deletionCurve: [1, 0, 0] },
    });
    assert.match(figure.alt, /cam: 0\.750 \/ 0\.250/);
    const parts = [0, 0.25, 1];
    const uneven = insertionDeletion({
      cam: { insertionCurve: [0, 1, 1], deletionCurve: [1, 0, 0], parts },
    });
    assert.match(uneven.alt, /cam: 0\.875 \/ 0\.125/);
    assert.deepEqual(uneven.data[0]!['x'], parts);
  });
});
