import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { Random } from '../../../lib/runtime';
import { BackupAndRestore, train } from '../../../lib/training';
import { temporaryFolder } from '../../temporary-folder';
import { smallCnn, stripes } from '../examples';
import { compareWithKills } from './kill';

test('a training killed three times ends as one that was never killed', async () => {
  const folder = temporaryFolder('gradbook-kill');
  try {
    const report = await compareWithKills(folder, { kills: 3, epochs: 10, random: new Random(3) });
    assert.deepEqual(report.different, []);
    assert.equal(report.kills, 3);
    assert.ok(report.resumed >= 1, `resumed ${report.resumed} times`);
    assert.ok(!fs.existsSync(path.join(folder, 'broken', 'backup')), 'the backup is gone');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('temporary files of a killed write are removed with the backup', async () => {
  const folder = temporaryFolder('gradbook-kill');
  try {
    const backup = path.join(folder, 'backup');
    fs.mkdirSync(backup);
    fs.writeFileSync(path.join(backup, 'training.state.123.0123abcd.tmp'), 'half');
    await train(smallCnn(), stripes(32), {
      epochs: 1,
      verbose: 0,
      callbacks: [new BackupAndRestore({ backupDir: backup })],
    });
    assert.ok(!fs.existsSync(backup));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
