import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Figure, liveCurves, trainingCurves } from '../../lib/plots';
import { history } from './examples';

function traces(figure: Figure, name: RegExp): Record<string, unknown>[] {
  return figure.data.filter((trace) => name.test(String(trace['name'])));
}

describe('trainingCurves', () => {
  it('counts epochs from 1 and leaves times out', () => {
    const figure = trainingCurves(history());
    assert.deepEqual(figure.data[0]!['x'], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal(traces(figure, /seconds/).length, 0);
    assert.match(figure.alt, /curves of accuracy, loss;/);
  });

  it('does not extend below 0 for constant values', () => {
    const flat = { epoch: [0, 1], history: { accuracy: [0, 0], val_accuracy: [0, 0] } };
    const axis = trainingCurves(flat).layout['yaxis'] as { range: number[] };
    assert.deepEqual(axis.range, [-0.05, 1]);
  });

  it('draws 130,000 steps, downsampled, with the peaks, the gap and the ends', () => {
    const steps = 130_000;
    const loss = Array.from({ length: steps }, (_, i) => 2 + Math.sin(i / 1000));
    loss[70_001] = 9;
    loss[90_001] = 0.25;
    loss[110_001] = Number.NaN;
    const figure = trainingCurves({ history: { loss, learning_rate: loss.map(() => 0.01) } });
    const { x, y } = figure.data[0] as unknown as { x: number[]; y: (number | null)[] };
    assert.ok(x.length === y.length && x.length <= 4000, `${x.length} points`);
    const at = [70_001, 90_001, 110_001].map((i) => y[x.indexOf(i + 1)]);
    assert.deepEqual(at, [9, 0.25, null]);
    assert.deepEqual([x[0], x[x.length - 1]], [1, steps]);
    assert.ok(x.every((step, i) => i === 0 || step > x[i - 1]!));
    assert.match(figure.alt, /130000 epochs, best loss 0\.250 at epoch 90002/);
    assert.ok(JSON.stringify(figure).length < 300_000);
  });

  it('marks the best epoch by the monitored metric, in each panel', () => {
    const stars = traces(trainingCurves(history()), /^best/);
    assert.deepEqual(
      stars.map(({ name, x, y }) => [name, x, y]),
      [
        ['best val loss 0.500 at epoch 7', [7], [0.9]],
        ['best val loss 0.500 at epoch 7', [7], [0.5]],
      ],
    );
    const other = traces(trainingCurves(history(), { monitor: 'loss' }), /^best/);
    assert.deepEqual(other[0]!['x'], [8]);
  });

  it('draws the learning rate on a separate log axis and marks its reductions', () => {
    const { data, layout } = trainingCurves(history());
    const rate = data.find(({ name }) => name === 'learning rate');
    assert.equal(rate?.['yaxis'], 'y3');
    assert.equal((layout['yaxis3'] as { type: string }).type, 'log');
    assert.deepEqual((layout['yaxis3'] as { ticktext: string[] }).ticktext, ['0.002', '0.01']);
    const shapes = layout['shapes'] as { x0: number }[];
    assert.deepEqual([...new Set(shapes.map(({ x0 }) => x0))], [5]);
    const without = trainingCurves(history(), { learningRate: false });
    assert.equal(without.layout['yaxis3'], undefined);
  });

  it('does not treat a slow decay as a reduction', () => {
    const run = { history: { loss: [3, 2, 1], learning_rate: [1, 0.95, 0.91] } };
    assert.deepEqual(trainingCurves(run).layout['shapes'], []);
  });

  it('tells reductions from a decay to 0: a plateau, the same factor twice, then a linear decay', () => {
    const rates = [1, 1, 0.2, 0.2, 0.1, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01, 1e-6];
    const run = { history: { loss: rates.map((_, i) => 20 - i), learning_rate: rates } };
    const shapes = trainingCurves(run).layout['shapes'] as { x0: number }[];
    assert.deepEqual([...new Set(shapes.map(({ x0 }) => x0))], [3, 5, 6]);
  });

  it('leaves a gap where a loss is NaN, which is never the best', () => {
    const figure = trainingCurves({ history: { loss: [Number.NaN, 2, Number.POSITIVE_INFINITY] } });
    assert.deepEqual(figure.data[0]!['y'], [null, 2, null]);
    assert.deepEqual(traces(figure, /^best/)[0]!['x'], [2]);
    assert.doesNotMatch(JSON.stringify(figure), /NaN|Infinity/);
  });

  it('puts a loss that spans more than a factor of 100 on a log axis by default', () => {
    const run = { history: { loss: [900, 2, 1] } };
    const axis = (figure: Figure) => (figure.layout['yaxis'] as { type?: string }).type;
    assert.equal(axis(trainingCurves(run)), 'log');
    assert.equal(axis(trainingCurves(run, { lossAxis: 'linear' })), undefined);
  });

  it('gives each of several runs a colour and a legend entry with its best epoch', () => {
    const figure = trainingCurves({ first: history(), second: history(5) });
    const listed = figure.data.filter((trace) => trace['showlegend'] !== false);
    assert.deepEqual(
      listed.map(({ name }) => name),
      [
        'first (★ best val loss 0.500 at epoch 7)',
        'second (★ best val loss 2.50 at epoch 5)',
        'training',
        'validation',
      ],
    );
  });

  it('draws any metric, and lists the metrics when one is missing', () => {
    const run = { history: { loss: [1], val_f1: [0.5], recall: [0.7] } };
    assert.match(trainingCurves(run).alt, /curves of loss, f1, recall/);
    assert.throws(() => trainingCurves(run, { metrics: ['auc'] }), {
      code: 'no-metric',
      message: 'no metric auc in the history: there are loss, val_f1, recall',
    });
    assert.throws(() => trainingCurves({}), { code: 'empty-history' });
  });
});

describe('liveCurves', () => {
  it('fixes the axis, and downsamples long histories except their end', () => {
    const steps = Array.from({ length: 1000 }, (_, i) => i);
    const figure = liveCurves({ history: { loss: steps } }, { epochs: 1200, points: 100 });
    const [curve] = figure.data;
    assert.equal((curve!['x'] as number[]).length, 100);
    assert.equal((curve!['x'] as number[])[99], 1000);
    assert.ok((figure.layout['xaxis'] as { range: number[] }).range[1]! > 1200);
    assert.equal(figure.layout['uirevision'], 'live');
  });
});
