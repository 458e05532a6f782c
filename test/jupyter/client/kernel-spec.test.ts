import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { findKernelSpec, kernelVariables } from '../../../lib/jupyter/client/kernel-spec';
import { inWorkspace } from '../../../lib/runtime';
import { folderOf } from '../../run/notebooks';

test('the runner starts the kernel as Jupyter does', async () => {
  const { kernelSpec } = await import(inWorkspace('scripts/setup/kernel.mjs'));
  const { argv, env, language, display_name, interrupt_mode } = JSON.parse(kernelSpec());
  const ours = findKernelSpec('gradbook');
  assert.deepEqual(
    [ours.argv, ours.env, ours.language, ours.displayName, ours.interruptMode],
    [argv, env, language, display_name, interrupt_mode],
  );
});

test('the variables of a kernel spec are filled in with those of this process', () => {
  const folder = folderOf({});
  fs.mkdirSync(path.join(folder, 'other'));
  const reference = (name: string) => `$\{${name}}`;
  const missing = reference('GRADBOOK_SPEC_MISSING');
  const env = { A: 'plain', B: `${reference('GRADBOOK_SPEC_TEST')}/b`, C: missing };
  const spec = { argv: ['other'], language: 'typescript', env };
  fs.writeFileSync(path.join(folder, 'other', 'kernel.json'), JSON.stringify(spec));
  process.env['GRADBOOK_SPEC_TEST'] = 'a $& folder';
  try {
    assert.deepEqual(kernelVariables(findKernelSpec('other', [folder])), {
      A: 'plain',
      B: 'a $& folder/b',
      C: missing,
    });
  } finally {
    delete process.env['GRADBOOK_SPEC_TEST'];
  }
});
