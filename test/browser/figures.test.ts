import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { confusionMatrix, trainingCurves } from '../../lib/plots';
import { Lab } from './lab';
import { NotebookPage } from './notebook-page';

// An executed notebook with many figures, opened again.

const count = 20;
const epochs = 100;

function figure(i: number): object {
  const falling = Array.from({ length: epochs }, (_, epoch) => 1 / (1 + epoch / (i + 1)));
  const rising = falling.map((value) => 1 - value);
  const history = { accuracy: rising, val_accuracy: rising, loss: falling, val_loss: falling };
  const epoch = falling.map((_, at) => at);
  const counts = Array.from({ length: 10 }, (_, row) => falling.slice(row, row + 10));
  const { data, layout } = i % 2 ? trainingCurves({ epoch, history }) : confusionMatrix(counts);
  const bundle = { 'application/vnd.plotly.v1+json': { data, layout } };
  return { output_type: 'display_data', metadata: {}, data: bundle };
}

let lab: Lab;
before(async () => {
  lab = await Lab.start();
});
after(() => lab?.stop());

test('twenty figures are drawn, also while scrolling', async (t) => {
  const sources = Array.from({ length: count }, (_, i) => `// figure ${i}`);
  const outputs = sources.map((_, i) => [figure(i)]);
  const start = performance.now();
  const notebook = await NotebookPage.openCells(lab, 'figures.ipynb', sources, outputs);
  await notebook.drawn();
  const seconds = (performance.now() - start) / 1000;
  const figures = await notebook.figures();
  assert.equal(figures.length, count);
  assert.ok(figures.every(({ marks }) => marks > 0));
  const frames = (await notebook.scroll()).sort((a, b) => a - b);
  assert.ok(frames.length > count);
  const [middle, longest] = [frames[frames.length >> 1]!, frames.at(-1)!];
  // Printed and not checked: the time depends on the machine.
  t.diagnostic(`drawn ${seconds.toFixed(1)} s after the page was asked for`);
  t.diagnostic(`frames while scrolling: ${middle.toFixed(0)} ms, at most ${longest.toFixed(0)} ms`);
  assert.deepEqual(notebook.complaints, []);
});
