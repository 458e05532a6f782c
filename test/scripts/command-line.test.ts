import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { inWorkspace } from '../../lib/runtime';

const scripts = [
  ...['bench', 'bench-transfer', 'export', 'notebook', 'report', 'spread', 'sweep'],
  ...['track', 'verify-gpu'],
];

describe('scripts', () => {
  for (const script of scripts) {
    it(`${script} answers an unknown option with one sentence that names it`, () => {
      const args = ['--import', 'tsx', `scripts/${script}.ts`, '--colour'];
      const ran = spawnSync(process.execPath, args, { cwd: inWorkspace('.'), encoding: 'utf8' });
      assert.ok(ran.status === 2 || ran.status === 3, `exit code ${ran.status}`);
      assert.match(ran.stderr, /Unknown option '--colour'/);
      assert.doesNotMatch(ran.stderr, /^\s+at /m);
    });
  }

  it('spread says what it takes instead of a profile, a machine or a seed that there is not', () => {
    const cases: [string[], RegExp][] = [
      [['--profile', 'slow'], /--profile slow: give smoke, quick or full/],
      [['--machines', 'arm'], /--machines arm: give as-is, avx2 or both/],
      [['--seeds', '1,two'], /--seeds 1,two: give integers/],
    ];
    for (const [options, message] of cases) {
      const args = ['--import', 'tsx', 'scripts/spread.ts', ...options];
      const ran = spawnSync(process.execPath, args, { cwd: inWorkspace('.'), encoding: 'utf8' });
      assert.equal(ran.status, 3);
      assert.match(ran.stderr, message);
    }
  });
});
