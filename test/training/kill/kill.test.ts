import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { Random } from '../../../lib/runtime';
import { compareWithKills } from './kill';

test('a training killed three times ends as one that was never killed', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-kill-'));
  try {
    const report = await compareWithKills(folder, { kills: 3, epochs: 10, random: new Random(3) });
    assert.deepEqual(report.different, []);
    assert.ok(report.resumed >= 1, `resumed ${report.resumed} times`);
    assert.ok(!fs.existsSync(path.join(folder, 'broken', 'backup')), 'the backup is gone');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
