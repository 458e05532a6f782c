import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { saveModelFolder } from '../../lib/exchange';
import { cnn } from '../../lib/models';
import { root } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';

const folder = temporaryFolder('gradbook-export');
after(() => fs.rmSync(folder, { recursive: true }));

function exported(...args: string[]) {
  const script = path.join(root, 'scripts', 'export.ts');
  return spawnSync(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}

test('npm run export writes a saved model, or reports the error', async () => {
  const saved = path.join(folder, 'saved');
  await saveModelFolder(cnn({ filters: [2], units: [2], inputShape: [8, 8, 3] }), saved);
  const out = path.join(folder, 'net.keras');
  const done = exported(saved, '--format', 'keras', '--out', out);
  assert.equal(done.status, 0, done.stderr);
  assert.equal(done.stdout, `${out}\n`);
  assert.equal(fs.readFileSync(out).toString('latin1', 0, 2), 'PK');
  const wrong = exported(saved, '--format', 'pdf', '--out', out);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /^export: format 'pdf': there are tfjs, tfjs-graph/m);
  const incomplete = exported('cnn', '--format', 'onnx');
  assert.equal(incomplete.status, 2);
  assert.match(incomplete.stderr, /give one model, --format .* and --out/);
});
