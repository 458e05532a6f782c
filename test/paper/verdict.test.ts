import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PaperMetric, paperConclusions, paperRow, paperRows } from '../../lib/paper';

const metric = (value: number, paper?: string, more: Partial<PaperMetric> = {}): PaperMetric => ({
  ...{ section: '2.4', name: 'test accuracy', value },
  ...(paper === undefined ? {} : { paper }),
  ...more,
});
const wordsOf = (value: number, paper: string, more: Partial<PaperMetric> = {}) =>
  paperRow(metric(value, paper, more))!.words;

test('within two points of the number or the range a value counts as reproduced', () => {
  assert.equal(wordsOf(0.975, '99.5 %'), 'reproduced');
  assert.equal(wordsOf(0.974, '99.5 %'), '2.1 points lower');
  assert.equal(wordsOf(0.62, '50 to 60 %'), 'reproduced');
  assert.equal(wordsOf(0.7, '50 to 60 %'), '10 points higher');
  assert.equal(wordsOf(0.34, 'about 30 %'), 'reproduced');
  assert.equal(wordsOf(0.34, '30 %'), '4 points higher');
  assert.equal(wordsOf(0.4, '5 to 40 %'), 'reproduced');
  assert.equal(wordsOf(Number.NaN, '99.5 %'), 'no value');
});

test('where the paper gives no number, the notebook says whether the value agrees', () => {
  assert.equal(wordsOf(-0.1, 'significantly lower'), 'not comparable');
  assert.equal(wordsOf(-0.1, 'significantly lower', { agrees: true }), 'reproduced');
  const row = paperRow(
    metric(0.1, 'significantly lower', { agrees: false, name: 'change of accuracy by copies' }),
  );
  assert.deepEqual(
    [row!.verdict, row!.words, row!.ours],
    ['differs', 'not reproduced', '+10 points'],
  );
});

test('metrics that the paper does not have are no rows', () => {
  assert.deepEqual(paperRows([metric(0.9), metric(0.99, '99.5 %')]).length, 1);
});

test('a conclusion is about the metrics of the run that is asked about', () => {
  const run = (frozen: number, tuned: number) => [
    metric(frozen, '0.9400', { section: '4.1.1', name: 'test accuracy, frozen' }),
    metric(tuned, '0.9960', { section: '4.1.2', name: 'test accuracy, fine-tuned' }),
  ];
  const found = (metrics: PaperMetric[]) =>
    paperConclusions(metrics).find(({ conclusion }) => conclusion.startsWith('fine-tuning beats'))!;
  assert.equal(found(run(0.94, 0.99)).supported, true);
  assert.equal(found(run(0.655, 0.63)).supported, false);
  assert.equal(found(run(0.9, 0.9)).supported, false);
  assert.equal(found(run(0.9, 0.99).slice(0, 1)).supported, null);
  assert.equal(found(run(Number.NaN, 0.99)).supported, null);
  const turned = [metric(-0.01, 'lower', { section: '4.3', name: 'change by mirrored copies' })];
  assert.equal(paperConclusions(turned).find(({ supported }) => supported)!.greater, 0);
});
