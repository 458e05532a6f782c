import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { test } from 'node:test';
import { buildPokemon, readPokemon } from '../../lib/data';
import { sha256 } from '../../lib/data/build/record';
import { inWorkspace } from '../../lib/runtime';
import { temporaryFolder } from './folders';

// The other direction, NumPy's files read here, is in read.test.ts.

const python = [inWorkspace('.venv/bin/python'), 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import numpy']).status === 0,
);
const skip = python ? false : 'no Python with NumPy here';

test('NumPy reads what is built', { skip }, async (context) => {
  const out = path.join(temporaryFolder(context), 'set');
  await buildPokemon({ seed: 2, count: 40, size: 66, out });
  const set = await readPokemon({ dir: out });
  const script = path.join(__dirname, 'fixtures', 'check_build.py');
  const { stdout, stderr } = spawnSync(python!, [script, path.join(out, 'data.npz')]);
  assert.deepEqual(
    JSON.parse(String(stdout)),
    {
      images: ['float32', [40, 66, 66, 3]],
      masks: ['float32', [40, 66, 66, 1]],
      grid: true,
      image_bytes: sha256([set.images]),
      mask_bytes: sha256([set.masks!]),
    },
    String(stderr),
  );
});
