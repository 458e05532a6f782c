import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { writeNotebook } from '../../lib/jupyter/files/notebook';
import { reportMetric, show, table } from '../../lib/notebook';
import { confusionMatrix } from '../../lib/plots';
import { writeSite } from '../../lib/run/site/write-site';
import { type Finished, summarize, summarizeNotebook } from '../../lib/run/summary/summary';
import { inWorkspace } from '../../lib/runtime';
import { hostileNames } from '../data/hostile-names';
import { pageOf } from '../notebook/page';
import { collectShown } from '../notebook/shown';
import { folderOf, notebookOf } from './notebooks';

const skip = fs.existsSync(inWorkspace('.venv/bin/python')) ? false : 'no Python environment';
const shown = collectShown();

test('class names are escaped in the pages of the report, for any names', { skip }, async () => {
  const names = hostileNames.filter((name) => name.trim());
  const counts = names.map((_, i) => names.map((__, j) => (i === j ? 1 : 0)));
  show(confusionMatrix(counts, { classNames: names }));
  table(names.map((name, i) => ({ name, i })));
  for (const name of names) reportMetric(name, 0.5);
  const out = folderOf({});
  const notebook = notebookOf(['1']);
  notebook.cells[0]!.execution_count = 1;
  notebook.cells[0]!.outputs = shown.map(({ data, metadata }) => ({
    ...{ output_type: 'display_data', metadata },
    data: JSON.parse(JSON.stringify(data)),
  }));
  writeNotebook(path.join(out, 'a.ipynb'), notebook);
  const startedAt = '2026-01-02T03:04:05.678Z';
  const run = {
    ...{ name: 'a', status: 'passed', startedAt, seconds: 1, parameters: {}, cells: [] },
    results: names.map((name) => ({ section: name, name, value: 0.5, paper: name })),
    bounds: names.map((name) => ({ name, value: 0.5, atLeast: 0.1, holds: true })),
    ...{ peakMemory: 1e8, tensors: 0, failure: null },
  };
  const about = { title: '<!--<script>', cached: false, reason: '', notebook: 'a.ipynb' };
  const entry = summarizeNotebook([{ ...about, run, html: 'a.html' } as unknown as Finished]);
  const facts = { profile: 'quick', engine: 'tensorflow-cpu-2.21.0', missing: [] };
  const summary = summarize([entry], { ...facts, startedAt });
  await writeSite(summary, out, path.join(out, 'cache'));

  const read = (file: string) => pageOf(fs.readFileSync(path.join(out, file), 'utf8'));
  const page = read('a.html');
  const found = new Set(page.texts('td').map((text) => text.trim()));
  assert.deepEqual(
    names.filter((name) => !found.has(name)),
    [],
  );
  assert.match(read('index.html').text, /<!--<script>/);
  assert.equal(page.title, '<!--<script>');
  const figure = page.texts('script[type^="application/vnd.plotly"]')[0]!;
  assert.equal(JSON.parse(figure).data[0].x.length, names.length);
  for (const name of names) assert.ok(page.text.split(name).length > 3, name);
});
