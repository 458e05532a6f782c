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

test('stop ends training, and what was learnt is kept', async () => {
  await notebook.run(0);
  await notebook.cell(0).locator('[role="progressbar"]').waitFor({ timeout: 300_000 });
  await notebook.page.waitForTimeout(2000);
  await notebook.menu('Kernel', /^Interrupt Kernel/);
  await notebook.finished();
  const text = await notebook.text(0);
  assert.match(text, /kept \d+ epochs/);
  assert.match(text, /interrupted after/);
});

test('progress moves in one place', async () => {
  await notebook.run(1);
  const value = notebook.cell(1).locator('[role="progressbar"]');
  await value.waitFor({ timeout: 60_000 });
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    seen.add((await value.getAttribute('aria-valuenow').catch(() => '')) ?? '');
    assert.ok((await notebook.cell(1).locator('.jp-OutputArea-child').count()) <= 1);
    await notebook.page.waitForTimeout(100);
  }
  assert.ok(seen.size >= 5, `only ${seen.size} states were seen`);
  await notebook.finished();
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
  await notebook.cell(6).locator('.jp-InputArea-editor').click();
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
  await notebook.page.waitForTimeout(3000);
  await notebook.run(3);
  await notebook.finished();
  const kernels = lab.kernels();
  assert.equal(kernels.length, 1);
  assert.notEqual(kernels[0], before);
});

test('the page has no complaints', async () => {
  await notebook.screenshot('editing');
  assert.deepEqual(notebook.complaints, []);
});
