import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { engineName, usesGpu } from '../../lib/run/engine-name';
import { inWorkspace } from '../../lib/runtime';
import { folderOf } from './notebooks';

/** A workspace whose binding was linked to an engine of this name. */
function bindingFor(engine: string, present = true, origin = '$ORIGIN'): string {
  const root = folderOf({});
  const binding = path.join(root, 'modules/lib/binding.node');
  fs.mkdirSync(path.dirname(binding), { recursive: true });
  const way = `../../.engine/${engine}/tensorflow`;
  fs.writeFileSync(binding, `\x7fELF\0\xff\0${origin}/${way}\0other`, 'latin1');
  if (present) fs.mkdirSync(path.join(root, '.engine', engine, 'tensorflow'), { recursive: true });
  return binding;
}

test('the engine is the one that the binding was linked to', () => {
  assert.equal(engineName(bindingFor('cpu-2.21.0')), 'tensorflow-cpu-2.21.0');
  assert.equal(engineName(bindingFor('gpu-2.21.0')), 'tensorflow-gpu-2.21.0');
  assert.equal(engineName(bindingFor('cpu-2.21.0', true, '@loader_path')), 'tensorflow-cpu-2.21.0');
});

test('without binding, way or library there is none', () => {
  assert.equal(engineName('/nowhere/binding.node'), null);
  assert.equal(engineName(bindingFor('cpu-2.21.0', false)), null);
  const other = path.join(folderOf({}), 'binding.node');
  fs.writeFileSync(other, 'no way in it');
  assert.equal(engineName(other), null);
});

test('the workspace itself has one', { skip: !fs.existsSync(inWorkspace('.engine')) }, () => {
  assert.match(engineName() ?? '', /^tensorflow-(cpu|gpu)-\d+\.\d+\.\d+$/);
});

test('only the engine for GPUs, where a driver is, uses the GPU', () => {
  assert.equal(usesGpu('tensorflow-gpu-2.21.0', true), true);
  assert.equal(usesGpu('tensorflow-gpu-2.21.0', false), false);
  assert.equal(usesGpu('tensorflow-cpu-2.21.0', true), false);
  assert.equal(usesGpu(null, true), false);
});
