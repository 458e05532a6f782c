import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { display, progress, reportMetric, show, table } from '../../lib/notebook';
import {
  architecture,
  barSpread,
  camRows,
  channelGrid,
  classBalance,
  classReport,
  classScores,
  confusionMatrix,
  embeddingScatter,
  type Figure,
  imageGrid,
  insertionDeletion,
  lineChart,
  maskOverlay,
  methodTable,
  multiLabelGrid,
  type Picture,
  pairHeatmap,
  paperComparison,
  parallelCoordinates,
  predictionGrid,
  reliabilityDiagram,
  segmentationOverlay,
  sweepHeatmap,
  trainingCurves,
  worstMistakes,
} from '../../lib/plots';
import { hostileNames as names } from '../data/hostile-names';
import { pageOf } from '../notebook/page';
import { collectShown } from '../notebook/shown';
import { history } from './examples';
import { complaints } from './plotly';

const count = names.length;
/** An image of each class; each has the next class as its secondary one, the last has none. */
const set = {
  ...{ height: 2, width: 2, names, classNames: names },
  images: Uint8Array.from({ length: count * 12 }, (_, i) => (i * 7) % 256),
  primary: names.map((_, i) => i),
  secondary: names.map((_, i) => (i + 1 < count ? i + 1 : -1)),
};
const identity = names.map((_, i) => names.map((__, j) => (i === j ? 1 : 0)));
const predictions = { values: Float32Array.from(identity.flat()), shape: [count, count] };
/** A record with a value for each name; `__proto__` is an ordinary key. */
const byName = <T>(value: (name: string, i: number) => T): Record<string, T> =>
  Object.fromEntries(names.map((name, i) => [name, value(name, i)]));
const rows = names.map((name, i) => ({
  ...byName((_, j) => i + j),
  name,
  val_accuracy: i / count,
}));
const reliable = {
  ece: 0.1,
  bins: [{ low: 0, high: 1, count: 5, confidence: 0.5, accuracy: 0.4 }],
};
const points = { values: Float32Array.from({ length: 2 * count }, (_, i) => i), shape: [count, 2] };
const layer = { className: 'Dense', outputShape: [null, 4], params: 20 };

const figures: Record<string, () => Figure> = {
  architecture: () => architecture(names.map((name) => ({ ...layer, name }))),
  barSpread: () =>
    barSpread(
      byName(() => [0.1, 0.2]),
      { reference: byName(() => 0.3) },
    ),
  classBalance: () => classBalance(set),
  classReport: () => classReport(classScores(identity, names)),
  confusionMatrix: () => confusionMatrix(identity, { classNames: names }),
  embeddingScatter: () => embeddingScatter(points, set, { predicted: names.map(() => 5) }),
  insertionDeletion: () =>
    insertionDeletion(byName(() => ({ insertionCurve: [0, 1], deletionCurve: [1, 0] }))),
  lineChart: () => lineChart(byName((_, i) => ({ x: [0, 1], y: [0, i] }))),
  'lineChart over names': () => lineChart({ a: { x: names, y: names.map((_, i) => i) } }),
  methodTable: () => methodTable(names.map((method, i) => ({ method, score: i }))),
  'columns of methodTable': () => methodTable([byName((_, i) => i), byName((_, i) => 2 * i + 1)]),
  pairHeatmap: () => pairHeatmap(set),
  paperComparison: () =>
    paperComparison(names.map((name) => ({ section: '1', name, value: 0.5, paper: '50 %' }))),
  parallelCoordinates: () => parallelCoordinates(rows, { columns: ['name', 'val_accuracy'] }),
  'columns of parallelCoordinates': () => parallelCoordinates(rows, { columns: names }),
  reliabilityDiagram: () => reliabilityDiagram(byName(() => reliable)),
  sweepHeatmap: () => sweepHeatmap(rows, { x: 'name', y: 'val_accuracy' }),
  trainingCurves: () => trainingCurves(byName(() => history(3))),
  'metrics of trainingCurves': () =>
    trainingCurves({ epoch: [0, 1], history: { loss: [1, 2], ...byName(() => [0.1, 0.2]) } }),
};

/** All texts of a figure as plotly shows them: without tags, entities decoded. */
function textsOf(part: unknown): string[] {
  if (typeof part === 'string') {
    const plain = part.replace(/<br>/g, '\n').replace(/<[^<>]*>/g, '');
    return [
      plain
        .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    ];
  }
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(textsOf) : [];
}

const shown = collectShown();

describe('class names with a special meaning elsewhere', () => {
  for (const [name, make] of Object.entries(figures)) {
    it(`are drawn literally: ${name}`, () => {
      const figure = make();
      assert.deepEqual(complaints(figure), []);
      const texts = textsOf([figure.data, figure.layout]);
      const all = texts.join('\n');
      // Metrics and settings are written as words: underscores become spaces, `toString` is `to
      // String`.
      const forms = (text: string) => [
        text,
        text.replaceAll('_', ' '),
        text.replace(/([a-z])([A-Z])/g, '$1 $2'),
      ];
      const found = (form: string) => all.includes(form) || all.includes(form.toLowerCase());
      assert.deepEqual(
        names.filter((text) => !forms(text).some(found)),
        [],
      );
      for (const { hovertemplate = '' } of figure.data as { hovertemplate?: string }[]) {
        for (const [whole] of hovertemplate.matchAll(/%\{[^}]*\}/g)) {
          assert.match(whole, /^%\{(x|y|z|text|customdata)(:\.\d~?[a-z%])?\}$/);
        }
      }
      // plotly would parse these as numbers and dates.
      for (const trace of figure.data as { x?: unknown[]; y?: unknown[] }[]) {
        for (const axis of ['x', 'y'] as const) {
          if (!trace[axis]?.some((at) => typeof at === 'string')) continue;
          // It uses them as keys of an object with a prototype.
          assert.ok(
            trace[axis].every((at) => at === null || !((at as string) in Object.prototype)),
          );
          const { type } = figure.layout[`${axis}axis`] as { type?: string };
          assert.equal(type, 'category', `${axis} of ${name}`);
        }
      }
      show(figure);
    });
  }

  const maps = { values: new Float32Array(count * 4).fill(0.5), shape: [count, 2, 2] };
  const masks = new Uint8Array(count * 4).fill(1);
  const drawings: Record<string, () => Promise<Picture>> = {
    camRows: () => camRows(set, { '<b>': maps, constructor: maps }, { predictions }),
    channelGrid: () => channelGrid({ values: new Float32Array(8), shape: [1, 2, 2, 2] }),
    imageGrid: () => imageGrid(set),
    maskOverlay: () => maskOverlay(set, masks),
    multiLabelGrid: () => multiLabelGrid(set, predictions, { rows: [0, count - 1] }),
    predictionGrid: () => predictionGrid(set, predictions),
    segmentationOverlay: () => segmentationOverlay(set, masks, masks),
    worstMistakes: () => worstMistakes(set, predictions),
  };
  for (const [name, draw] of Object.entries(drawings)) {
    it(`are written below images: ${name}`, async () => {
      const { png, alt } = await draw();
      assert.ok(png.length > 100 && alt.length > 5);
    });
  }
});

describe('in cells', () => {
  const page = () => pageOf(shown.map(({ data }) => String(data['text/html'])).join(''));

  it('tables have them as text: in columns, in rows, as keys', () => {
    table(names.map((name, i) => ({ name, i })));
    assert.deepEqual(page().texts('td:first-child'), names);
    shown.length = 0;
    // Each row has a key that the others lack: inherited properties are not values.
    table(names.map((name, i) => Object.fromEntries([[name, i]])));
    const cells = page().texts('td');
    assert.deepEqual(
      cells,
      names.flatMap((_, i) => names.map((__, j) => (i === j ? String(i) : ''))),
    );
    assert.deepEqual(page().texts('th'), names);
    shown.length = 0;
    table(new Map(names.map((name, i) => [name, i + 0.5])), { caption: '<!--<script>' });
    assert.deepEqual(page().texts('td:first-child'), names);
    assert.equal(page().texts('caption')[0], '<!--<script>');
    shown.length = 0;
    display({ epoch: [0], history: byName((_, i) => [i]) });
    assert.equal(page().count('th'), count + 1);
  });

  it('metrics, progress and figures show them as text', () => {
    for (const name of names.filter((text) => text.trim())) {
      shown.length = 0;
      reportMetric(name, 0.5, { section: name, paper: name });
      const bar = progress({ label: name, total: 2 });
      bar.update(
        1,
        byName(() => 1),
      );
      bar.done();
      show({ ...confusionMatrix([[1]]), alt: name });
      assert.equal(page().count('script, br'), 0, name);
      assert.ok(page().text.split(name).length > 4, name);
    }
  });
});
