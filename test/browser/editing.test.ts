import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { after, before, test } from 'node:test';
import { inWorkspace } from '../../lib/runtime';
import { Lab } from './lab';
import { NotebookPage } from './notebook-page';

// Working in the editor: progress, stop, restart, edits of modules, completion, errors.

const training = `
  const { cnn, progress, train } = require('./lib');
  const model = cnn({ filters: [4], units: [4] });
  const x = { shape: [64, 64, 64, 3], values: new Uint8Array(64 * 64 * 64 * 3), scale: 1 / 255 };
  const y = { shape: [64, 10], values: new Float32Array(640) };
  const history = await train(model, { x, y }, { epochs: 5000, batchSize: 16 });
  console.log('kept', history.epoch.length, 'epochs');
`;
const bar = `
  const work = progress({ label: 'counting', total: 40, unit: 'step' });
  for (let i = 1; i <= 40; i++) { await new Promise((r) => setTimeout(r, 100)); work.update(i); }
  work.done();
`;

let lab: Lab;
let notebook: NotebookPage;
const module = () => inWorkspace(lab.folder, 'mine.ts');
before(async () => {
  lab = await Lab.start();
  fs.writeFileSync(module(), 'export const answer = () => 41;\n');
  notebook = await NotebookPage.openCells(lab, 'editing.ipynb', [
    training,
    bar,
    `import { answer } from './${lab.folder}/mine';\nanswer()`,
    'answer()',
    'const wrong: number = "text";',
    'undefinedThing.x',
    "import * as runtime from './lib/runtime';\nruntime.se",
  ]);
});
after(() => lab?.stop());

test('stop ends training and keeps the weights', async () => {
  await notebook.run(0);
  const value = `document.querySelector('.jp-CodeCell [role="progressbar"]')?.ariaValueNow`;
  await notebook.until(`Number(${value}) > 0`);
  await notebook.menu('Kernel', /^Interrupt Kernel/);
  await notebook.finished();
  const text = await notebook.text(0);
  assert.match(text, /kept \d+ epochs/);
  assert.match(text, /interrupted after/);
});

test('progress moves in one place', async () => {
  // Outputs are recorded in the page as they appear: a busy machine may poll rarely.
  await notebook.page.evaluate(`{
    const cell = document.querySelectorAll('.jp-CodeCell')[1];
    window.seen = { values: new Set(), most: 0 };
    new MutationObserver(() => {
      const value = cell.querySelector('[role="progressbar"]')?.ariaValueNow;
      if (value) seen.values.add(value);
      seen.most = Math.max(seen.most, cell.querySelectorAll('.jp-OutputArea-child').length);
    }).observe(cell, { subtree: true, childList: true, attributes: true });
  }`);
  await notebook.run(1);
  await notebook.finished();
  const seen = (await notebook.page.evaluate(
    '({ states: window.seen.values.size, most: window.seen.most })',
  )) as { states: number; most: number };
  assert.ok(seen.states >= 5, `only ${seen.states} states were seen`);
  assert.equal(seen.most, 1);
  assert.match(await notebook.text(1), /✓ counting\s+40 steps/);
});

test('an edited module is picked up', async () => {
  await notebook.run(2);
  await notebook.finished();
  assert.match(await notebook.text(2), /41/);
  fs.writeFileSync(module(), 'export const answer = () => 4200;\n');
  await notebook.run(3);
  await notebook.finished();
  assert.match(await notebook.text(3), /4200/);
});

test('errors show their line', async () => {
  await notebook.run(4);
  await notebook.finished();
  assert.match(await notebook.text(4), /TS2322[\s\S]*> 1 │ const wrong/);
  await notebook.run(5);
  await notebook.finished();
  assert.match(await notebook.text(5), /Cannot find name 'undefinedThing'/);
});

test('names are completed and documented', async () => {
  const { page } = notebook;
  await notebook.cell(6).locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Tab');
  const completer = page.locator('.jp-Completer', { hasText: 'setSeed' });
  await completer.waitFor({ timeout: 60_000 });
  await page.keyboard.press('Escape');
  await page.keyboard.type('tSeed(');
  await page.keyboard.press('Shift+Tab');
  const tooltip = page.locator('.jp-Tooltip', { hasText: 'the one seed of every random choice' });
  await tooltip.waitFor({ timeout: 60_000 });
  await page.keyboard.press('Escape');
});

test('a restart leaves no process behind', async () => {
  const [before] = lab.kernels();
  assert.ok(before);
  await notebook.menu('Kernel', /^Restart Kernel…/);
  await notebook.page.locator('.jp-Dialog .jp-mod-accept').click();
  while (lab.kernels().includes(before)) await notebook.page.waitForTimeout(50);
  await notebook.idle();
  await notebook.run(1);
  await notebook.finished();
  assert.match(await notebook.text(1), /Cannot find name 'progress'/);
  assert.equal(lab.kernels().length, 1);
});

test('the page logs no errors', async () => {
  await notebook.screenshot('editing');
  assert.deepEqual(notebook.complaints, []);
});
