import * as fs from 'node:fs';
import { inWorkspace } from '../../lib/runtime';
import { Lab } from './lab';
import { NotebookPage } from './notebook-page';

// Runs notebooks in JupyterLab in the profile `smoke` and saves a screenshot of each in
// `reports/browser`: npx tsx test/browser/look.ts [notebook ...]

async function look(lab: Lab, name: string): Promise<void> {
  const start = performance.now();
  const notebook = await NotebookPage.openCopy(lab, `${name}.ipynb`, 'smoke');
  const opened = performance.now();
  await notebook.runAll();
  const ran = performance.now();
  await notebook.screenshot(name);
  const figures = await notebook.figures();
  const images = await notebook.images();
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
  console.log(`${name}: opened in ${seconds(start, opened)}, ran ${seconds(opened, ran)}`);
  console.log(`  ${figures.length} figures, ${images.length} images, ${await notebook.size()} MB`);
  for (const { title, width, height, marks } of figures) {
    if (marks === 0 || width < 300) console.log(`  figure ${title}: ${width}×${height}, ${marks}`);
  }
  for (const box of await notebook.overflows()) console.log(`  too wide: ${box}`);
  for (const line of [...(await notebook.errors()), ...notebook.complaints])
    console.log(`  ${line}`);
  await notebook.page.close();
}

async function main(): Promise<void> {
  const all = fs.readdirSync(inWorkspace('notebooks')).filter((name) => name.endsWith('.ipynb'));
  const wanted = process.argv.slice(2);
  const lab = await Lab.start();
  try {
    for (const name of wanted.length > 0 ? wanted : all) {
      await look(lab, name.replace(/\.ipynb$/, ''));
    }
  } finally {
    await lab.stop();
  }
}

void main();
