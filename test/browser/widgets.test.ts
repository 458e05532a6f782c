import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lab } from './lab';
import { NotebookPage } from './notebook-page';

// Controls in JupyterLab, drawn by its own widget manager.

const code = `import { interact, slider } from './lib/widgets';
await interact({ power: slider(1, 5, { value: 2 }), curve: ['line', 'dots'], shown: true },
  ({ power, curve, shown }) => {
    const x = Array.from({ length: 21 }, (_, i) => i / 10);
    const mode = curve === 'line' ? 'lines' : 'markers';
    const y = x.map((value) => value ** power);
    const title = { text: \`x to the power of \${power}, \${curve}\` };
    return { data: shown ? [{ x, y, mode }] : [], layout: { title, width: 500, height: 300 }, alt: 'powers' };
  });`;

let lab: Lab;
let notebook: NotebookPage;
before(async () => {
  lab = await Lab.start();
  notebook = await NotebookPage.openCells(lab, 'widgets.ipynb', [code]);
  await notebook.runAll();
});
after(() => lab?.stop());

const titled = (text: string) =>
  `document.querySelector('.gtitle')?.textContent === ${JSON.stringify(text)}`;

test('a slider, a list and a box are drawn, and a figure', async () => {
  const cell = notebook.cell(0);
  await cell.locator('.widget-slider').waitFor();
  assert.equal(await cell.locator('select').count(), 1);
  assert.equal(await cell.locator('input[type="checkbox"]').count(), 1);
  await notebook.until(titled('x to the power of 2, line'));
  await notebook.screenshot('widgets-before');
});

test('each change changes the figure, in its place', async () => {
  const cell = notebook.cell(0);
  await cell.locator('.noUi-handle').focus();
  await notebook.page.keyboard.press('ArrowRight');
  await notebook.page.keyboard.press('ArrowRight');
  await notebook.until(titled('x to the power of 4, line'));
  await cell.locator('select').selectOption('dots');
  await notebook.until(titled('x to the power of 4, dots'));
  assert.equal((await notebook.figures()).length, 1);
  assert.equal(await cell.locator('.widget-readout').innerText(), '4');
  await notebook.screenshot('widgets-after');
  assert.deepEqual(await notebook.errors(), []);
});
