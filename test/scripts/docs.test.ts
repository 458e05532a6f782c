import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary-folder';

const root = path.join(__dirname, '..', '..');

test('npm run docs builds the reference by folder of lib, with a search and the guides', () => {
  const out = temporaryFolder('gradbook-docs');
  try {
    const script = path.join(root, 'scripts', 'docs.mjs');
    const run = spawnSync(process.execPath, [script, '--out', out], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.equal(run.stdout.trim().split('\n').at(-1), path.join(out, 'index.html'));
    const module = fs.readFileSync(path.join(out, 'modules', 'lib.html'), 'utf8');
    const headings = [...module.matchAll(/<h2[^>]*>\s*(?:<svg.*?<\/svg>)?\s*(\w+)/gs)];
    const folders = headings.map(([, name]) => name);
    for (const folder of ['cam', 'data', 'models', 'plots', 'training', 'widgets']) {
      assert.ok(folders.includes(folder), `${folder} in ${folders.join(', ')}`);
    }
    const explain = fs.readFileSync(path.join(out, 'functions', 'lib.explain.html'), 'utf8');
    assert.match(explain, /href="\.\.\/interfaces\/lib\.ExplainOptions\.html"/);
    const pages = ['functions', 'classes'].flatMap((kind) =>
      fs.readdirSync(path.join(out, kind)).map((name) => path.join(kind, name)),
    );
    const without = pages
      .filter((page) => /lib\.[\w.]+\.html$/.test(page))
      .filter((page) => !/>Example/.test(fs.readFileSync(path.join(out, page), 'utf8')));
    assert.deepEqual(without, [], 'functions without an example');
    assert.ok(fs.existsSync(path.join(out, 'documents', 'docs_calibration.html')));
    assert.ok(fs.statSync(path.join(out, 'assets', 'search.js')).size > 10_000);
  } finally {
    fs.rmSync(out, { recursive: true, force: true });
  }
});
