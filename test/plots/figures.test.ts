import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  architecture,
  barSpread,
  classBalance,
  classReport,
  classScores,
  confusionMatrix,
  embeddingScatter,
  type Figure,
  insertionDeletion,
  learningRateFinder,
  lineChart,
  liveCurves,
  methodTable,
  pairHeatmap,
  parallelCoordinates,
  pca,
  reliabilityDiagram,
  sprites,
  sweepHeatmap,
  type Theme,
  trainingCurves,
} from '../../lib/plots';
import { classNames, clusters, history, pictures } from './examples';
import { assertSound, complaints } from './plotly';

const counts = [
  [8, 1, 0, 0],
  [0, 9, 0, 0],
  [0, 0, 0, 0],
  [2, 0, 0, 7],
];
const sweep = [1e-4, 1e-3, 1e-2].flatMap((learningRate) =>
  ['SGD', 'Adam'].flatMap((optimizer) =>
    [1, 2].map((seed) => ({ learningRate, optimizer, seed, val_accuracy: seed * learningRate })),
  ),
);
const layers = [
  { name: 'conv', className: 'Conv2D', outputShape: '(None, 64, 64, 32)', params: 896 },
  { name: 'bn', className: 'BatchNormalization', outputShape: '(None, 64, 64, 32)', params: 128 },
  { name: 'pool', className: 'MaxPooling2D', outputShape: [null, 32, 32, 32], params: 0 },
  { name: 'flat', className: 'Flatten', outputShape: '(None, 32768)', params: 0 },
  { name: 'out', className: 'Dense', outputShape: '(None, 10)', params: 327690 },
];
const { features, primary } = clusters();
const points = pca(features);
const bin = (low: number, count: number) => ({
  ...{ low, high: low + 0.5, count },
  ...(count ? { confidence: low + 0.2, accuracy: low } : { confidence: NaN, accuracy: NaN }),
});
const reliability = { ece: 0.2, bins: [bin(0, 5), bin(0.5, 0)] };
const none = { ece: 0, bins: [] };

const figures: Record<string, (theme: Theme) => Figure> = {
  'training curves': (theme) => trainingCurves(history(), { theme }),
  'compared curves': (theme) => trainingCurves({ one: history(), two: history(5) }, { theme }),
  'curves of one epoch': (theme) => trainingCurves(history(1), { theme }),
  'live curves': (theme) => liveCurves(history(), { epochs: 50, theme }),
  'confusion matrix': (theme) => confusionMatrix(counts, { classNames, theme }),
  'class balance': (theme) => classBalance(pictures(), { theme }),
  'class report': (theme) => classReport(classScores(counts, classNames), { theme }),
  'pairs of types': (theme) => pairHeatmap(pictures(), { theme }),
  'parallel coordinates': (theme) => parallelCoordinates(sweep, { theme }),
  'sweep heat map': (theme) => sweepHeatmap(sweep, { x: 'learningRate', y: 'optimizer', theme }),
  'learning-rate finder': (theme) =>
    learningRateFinder(
      { learningRates: [1e-4, 1e-3, 1e-2, 1e-1], losses: [2, 1.5, 1, NaN] },
      { theme },
    ),
  'bars with spread': (theme) =>
    barSpread({ SGD: [0.2, 0.3], Adam: [0.4], none: [] }, { reference: { Adam: 0.3 }, theme }),
  'line chart': (theme) => lineChart({ a: { x: ['x', 'y'], y: [1, NaN] } }, { theme }),
  'insertion and deletion': (theme) =>
    insertionDeletion(
      { cam: { insertionCurve: [0, 0.5, 1], deletionCurve: [1, 0.5, 0] } },
      { theme },
    ),
  'insertion and deletion at unequal steps': (theme) =>
    insertionDeletion(
      { cam: { insertionCurve: [0, 0.5, 1], deletionCurve: [1, 0.5, 0], parts: [0, 0.25, 1] } },
      { theme },
    ),
  'reliability diagram': (theme) => reliabilityDiagram({ before: reliability, none }, { theme }),
  'method table': (theme) =>
    methodTable(
      [
        { method: 'a', layer: 'x', iou: 0.4 },
        { method: 'b', layer: 'x', iou: NaN },
      ],
      { theme },
    ),
  embedding: (theme) =>
    embeddingScatter(points, { primary, classNames }, { explained: points.explained, theme }),
  architecture: (theme) => architecture(layers, { input: [64, 64, 3], theme }),
};

describe('every figure', () => {
  for (const [name, make] of Object.entries(figures)) {
    it(`is accepted by plotly: ${name}`, () => {
      assertSound(make('auto'));
    });
  }

  it('is accepted by plotly on a light and on a dark page', () => {
    assertSound(figures['confusion matrix']!('light'));
    assertSound(figures['training curves']!('dark'));
  });

  it('with images stays small', async () => {
    const shown = await sprites(pictures(), [0, 1, 2, 3, 4, 5]);
    const figure = embeddingScatter(points, { primary, classNames }, { sprites: shown });
    assertSound(figure);
    assert.equal((figure.layout['images'] as unknown[]).length, 6);
    assert.ok(JSON.stringify(figure).length < 100_000);
  });

  it('is rejected by plotly if invalid', () => {
    const figure = figures['class balance']!('auto');
    figure.layout['tite'] = 'a title';
    assert.deepEqual(complaints(figure), ['In layout, key tite is not part of the schema']);
  });

  it('keeps a given title, and omits an empty one', () => {
    const titled = confusionMatrix(counts, { title: 'Test set' }).layout['title'];
    assert.equal((titled as { text: string }).text, 'Test set');
    assert.equal(confusionMatrix(counts, { title: '' }).layout['title'], undefined);
  });

  it('has the background of its theme', () => {
    assert.equal(confusionMatrix(counts).layout['paper_bgcolor'], 'rgba(0,0,0,0)');
    const light = confusionMatrix(counts, { theme: 'light' });
    assert.equal(light.layout['paper_bgcolor'], '#ffffff');
  });
});
