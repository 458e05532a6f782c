import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { writeNotebook } from '../../lib/jupyter/files/notebook';
import { findChromium } from '../../lib/run/site/pdf';
import { type Extras, writeSite } from '../../lib/run/site/write-site';
import { type Finished, summarize, summarizeNotebook } from '../../lib/run/summary/summary';
import { inWorkspace } from '../../lib/runtime';
import { folderOf, notebookOf } from './notebooks';

const skip = fs.existsSync(inWorkspace('.venv/bin/python')) ? false : 'no Python environment';
// Drawn in a browser only where `npm run test:browser` names one.
const chromium = process.env['GRADBOOK_CHROMIUM'] || undefined;

/** A site of one notebook with one output of every kind. */
async function site(extras?: Extras): Promise<string> {
  const out = folderOf({});
  const notebook = notebookOf(['const a: number = 1; // <b>&', 'show(figure);', 'throw 1;']);
  notebook.cells.unshift({
    id: 'title',
    cell_type: 'markdown',
    metadata: {},
    source: '# The *title*\n\n| a | b |\n| --- | --- |\n| 1 | 2 |',
  });
  const [, first, second, third] = notebook.cells;
  first!.execution_count = 1;
  first!.outputs = [{ output_type: 'stream', name: 'stdout', text: '1 < 2\n' }];
  second!.execution_count = 2;
  second!.outputs = [
    {
      output_type: 'display_data',
      metadata: {},
      data: {
        'application/vnd.plotly.v1+json': {
          data: [
            {
              type: 'scatter',
              y: [1, 3, 2],
              name: '<!--<script></script><script>alert(1)</script>',
            },
          ],
          layout: { width: 840, height: 300, title: { text: 'A figure' } },
        },
        'text/html': '<p>never shown</p>',
        'text/plain': '[figure: "three" points]',
      },
    },
    {
      output_type: 'display_data',
      metadata: { 'image/png': { width: 2, height: 2, alt: 'a "dot"' } },
      data: { 'image/png': 'iVBORw0KGgo=\n' },
    },
  ];
  third!.execution_count = 3;
  third!.outputs = [
    { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['\u001b[31mE: v\u001b[0m <x>'] },
  ];
  writeNotebook(path.join(out, 'a.ipynb'), notebook);
  const run = {
    ...{ name: 'a', status: 'bound-missed', startedAt: '2026-01-02T03:04:05.678Z', seconds: 1 },
    ...{
      parameters: { lr: 0.1 },
      cells: [],
      results: [],
      peakMemory: 1e8,
      tensors: 0,
      failure: null,
    },
    bounds: [{ name: 'accuracy <x>', value: 0.5, atLeast: 0.9, holds: false }],
  };
  const about = { title: 'The title', cached: false, reason: '', notebook: 'a.ipynb' };
  const entry = summarizeNotebook([{ ...about, run, html: 'a.html' } as Finished]);
  const facts = { profile: 'quick', engine: 'tensorflow-cpu-2.21.0', missing: ['b'] };
  const summary = summarize([entry], { ...facts, startedAt: run.startedAt });
  await writeSite(summary, out, path.join(out, 'cache'), extras);
  return out;
}

describe('the report site', { skip }, () => {
  test('has a page a notebook with highlighted code, results and all outputs', async () => {
    const out = await site();
    const page = fs.readFileSync(path.join(out, 'a.html'), 'utf8');
    assert.match(page, /<title>The title<\/title>/);
    assert.match(page, /<span class="kd">const<\/span>/);
    assert.match(page, /&lt;b&gt;&amp;/);
    assert.match(
      page,
      /accuracy &lt;x&gt;<\/td><td class="whole">0\.5<\/td><td class="whole">at least 0\.9/,
    );
    assert.match(page, /<pre class="stdout">1 &lt; 2/);
    assert.match(page, /<pre class="error">.*ansi-red-fg.*&lt;x&gt;/);
    // nbconvert rewrites the attributes, with other quotes.
    assert.match(page, /alt=(?:'a "dot"'|"a &(?:quot|#34);dot&(?:quot|#34);")/);
    assert.match(page, /aria-label=(?:'\[figure: "three" points\]'|"\[figure: &)/);
    assert.match(
      page,
      /<figcaption><a class="number" href="#figure-1-1">Figure 1\.1<\/a> A figure</,
    );
    assert.match(page, /<figure id="figure-1-2"[^>]*>\s*<img/);
    assert.deepEqual(page.match(/class="prompt" href="#cell-\d">\[\d\]/g)?.length, 3);
    assert.ok(!page.includes('never shown') && !page.includes('gradbook:'));
    assert.ok(!page.includes('</script><script>alert'));
    // A browser would parse this as a script within a script and drop the rest of the page.
    assert.ok(!page.includes('<!--<script'));
    const figure = /<script type="application\/vnd\.plotly[^>]*>([^<]*)<\/script>/.exec(page);
    assert.match(JSON.parse(figure![1]!).data[0].name, /^<!--<script><\/script><script>alert/);
    const index = fs.readFileSync(path.join(out, 'index.html'), 'utf8');
    assert.match(index, /href="a\.html"/);
    assert.match(index, /Not run: b/);
    assert.match(page, /<a rel="prev" href="index\.html">← Results/);
    // Nothing of it is somewhere else.
    for (const text of [page, index]) assert.ok(!/(?:src|href)="(?:https?:)?\/\//.test(text));
  });

  test('as one file needs nothing beside it', async () => {
    const out = await site({ singleFile: true, pdf: null });
    const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
    assert.ok(!/<(?:link|img|script)[^>]* (?:src|href)="(?!data:)/.test(page));
    assert.ok(!page.includes('gradbook:results') && !page.includes('ipynb'));
    // Links lead to parts of the page; a cell's name holds its notebook's.
    assert.match(page, /<a href="#a">The title<\/a>/);
    assert.match(page, /<main id="a" class="chapter">/);
    assert.match(page, /<section class="cell code" id="a:cell-1">/);
    assert.match(page, /class="prompt" href="#a:cell-1"/);
    assert.match(page, /accuracy &lt;x&gt;/);
    assert.ok(!fs.existsSync(path.join(out, 'report.pdf')));
  });

  const noBrowser = skip || (chromium ? false : 'run by npm run test:browser');
  test('as a PDF, and as one file, has the figures', { skip: noBrowser }, async () => {
    const out = await site({ singleFile: false, pdf: findChromium(chromium) });
    const pdf = fs.readFileSync(path.join(out, 'report.pdf'), 'latin1');
    assert.match(pdf, /^%PDF-/);
    assert.ok(pdf.length > 20_000);
    assert.deepEqual(
      fs.readdirSync(out).filter((file) => file.includes('report')),
      ['report.pdf'],
    );
  });

  test('draws every figure without a network, wide and narrow', { skip: noBrowser }, async () => {
    const out = await site();
    const { chromium: driver } = await import('playwright-core');
    const browser = await driver.launch({
      executablePath: findChromium(chromium),
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    try {
      for (const width of [1200, 360]) {
        const page = await browser.newPage({
          viewport: { width, height: 800 },
          colorScheme: width > 600 ? 'light' : 'dark',
        });
        const problems: string[] = [];
        page.on('pageerror', (error) => problems.push(error.message));
        page.on('requestfailed', (request) => problems.push(request.url()));
        // Patient, for a machine that is busy.
        await page.goto(`file://${out}/a.html`, { timeout: 120_000 });
        await page.waitForSelector('body[data-figures=drawn]', { timeout: 120_000 });
        assert.equal(await page.locator('.plotly-place[data-drawn=yes] .main-svg').count(), 3);
        // The page itself does not scroll sideways.
        const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.equal(wide, 0);
        // Dark text in print, in both themes.
        await page.emulateMedia({ media: 'print' });
        await page.evaluate('dispatchEvent(new Event("beforeprint"))');
        const ink = `getComputedStyle(document.querySelector('.gtitle')).fill`;
        assert.equal(await page.evaluate(ink), 'rgb(36, 41, 47)');
        const paper = 'getComputedStyle(document.body).backgroundColor';
        assert.equal(await page.evaluate(paper), 'rgb(255, 255, 255)');
        assert.deepEqual(problems, []);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});

test('without a Chromium the error explains how to install one', () => {
  assert.throws(() => findChromium('/nowhere/chromium'), {
    code: 'usage',
    message: /^no PDF: there is no "\/nowhere\/chromium"\. Install one \(.*GRADBOOK_CHROMIUM/,
  });
});
