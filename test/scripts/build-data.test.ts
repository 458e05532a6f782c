import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { inWorkspace } from '../../lib/runtime';
import { temporaryFolder } from '../temporary-folder';

function buildData(...options: string[]) {
  const script = inWorkspace('scripts/build-data.ts');
  const command = ['--require', 'tsx/cjs', script, ...options];
  return spawnSync(process.execPath, command, { cwd: inWorkspace(), encoding: 'utf8' });
}

test('builds from the command line, once', (context) => {
  const parent = temporaryFolder('gradbook-build');
  context.after(() => fs.rmSync(parent, { recursive: true, force: true }));
  const out = path.join(parent, 'set');
  const first = buildData('--count', '12', '--seed', '5', '--out', out);
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /12 images of 64×64 in .*set \(/);
  const record = JSON.parse(fs.readFileSync(path.join(out, 'build.json'), 'utf8'));
  assert.deepEqual([record.count, record.seed, record.photos], [12, 5, 'panoramas']);
  const second = buildData('--count', '12', '--seed', '5', '--out', out);
  assert.match(second.stdout, /holds this data set already/);
});

test('prints its options, and errors of invalid ones', () => {
  assert.match(buildData('--help').stdout, /--photo-width N/);
  for (const [options, message] of [
    [['--colour'], /^build-data: Unknown option '--colour'/],
    [['--count', 'many'], /^build-data: count NaN: give an integer/],
    [['--photos', 'nowhere'], /^build-data: .*nowhere holds no photos/],
  ] as const) {
    const { status, stderr } = buildData(...options);
    assert.equal(status, 1);
    assert.match(stderr, message);
  }
});
