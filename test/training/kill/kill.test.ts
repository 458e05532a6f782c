import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { Random } from '../../../lib/runtime';
import { trainUndisturbed, trainWithKills } from './kill';

test('a training killed three times ends as one that was never killed', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-kill-'));
  try {
    const undisturbed = await trainUndisturbed(path.join(folder, 'a'));
    const killed = await trainWithKills(path.join(folder, 'b'), 3, 400, new Random(3));
    assert.equal(killed.killed, 3);
    assert.deepEqual(Object.keys(killed.remains), Object.keys(undisturbed.remains));
    for (const [name, content] of Object.entries(undisturbed.remains)) {
      assert.ok(killed.remains[name] === content, `${name} differs`);
    }
    assert.ok(!fs.existsSync(path.join(folder, 'b', 'backup')), 'the backup is gone at the end');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
