import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lab } from './lab';
import { NotebookPage } from './notebook-page';

// The first steps of a new user: open the guide and run all of it.

let lab: Lab;
let guide: NotebookPage;
before(async () => {
  lab = await Lab.start();
  guide = await NotebookPage.openCopy(lab, '00-begin-here.ipynb', 'smoke');
  await guide.runAll();
  await guide.screenshot('00-begin-here');
});
after(() => lab?.stop());

test('every cell runs', async () => {
  assert.deepEqual(await guide.errors(), []);
});

test('there are no dialogs and no notifications', async () => {
  const asked = guide.page.locator('.jp-Dialog, .Toastify__toast');
  assert.deepEqual(await asked.allInnerTexts(), []);
});

test('figures are drawn', async () => {
  const figures = await guide.figures();
  assert.ok(figures.length >= 2, `${figures.length} figures`);
  for (const { title, width, height, marks } of figures) {
    assert.ok(width > 300 && height > 200, `${title}: ${width}×${height}`);
    assert.ok(marks > 0, `${title}: no marks`);
  }
});

test('images are shown', async () => {
  const images = await guide.images();
  assert.ok(images.length >= 4, `${images.length} images`);
  for (const { natural, shown } of images) {
    assert.ok(natural > 50 && shown > 50, `${natural} pixels, ${shown} on the screen`);
  }
});

test('tables and the bound are shown, and one line per progress bar', async () => {
  assert.ok((await guide.page.locator('.jp-OutputArea-output table').count()) >= 3);
  const text = (await guide.page.locator('.jp-OutputArea').allInnerTexts()).join('\n');
  assert.match(text, /–\s*§ guide\s*test accuracy/);
  assert.match(text, /✓ training guide/);
  assert.equal(await guide.page.locator('.jp-OutputArea [role="progressbar"]').count(), 0);
});

test('the page logs no errors', () => {
  assert.deepEqual(guide.complaints, []);
});
