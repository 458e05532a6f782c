import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { isTerminated } from '../../../lib/jupyter/kernel/stopper';
import { ownersOf } from '../../../lib/jupyter/kernel/terminate';
import { inWorkspace } from '../../../lib/runtime';

const kernel = inWorkspace('lib/jupyter/kernel/executor.ts');
const node = 'node:internal/process/task_queues';

/** Whether code with this stack is terminated after some milliseconds, and after a second interrupt. */
function ends(urls: string[], passed: number, working = false): [boolean, boolean] {
  const paused = { ...ownersOf(urls), working };
  return [isTerminated(paused, passed, false), isTerminated(paused, passed, true)];
}

test('a cell has one second up to its first await, later five, with a progress bar twenty', () => {
  assert.deepEqual(ends(['cell 1', kernel, node], 400), [false, true]);
  assert.deepEqual(ends(['cell 1', kernel, node], 1000), [true, true]);
  assert.deepEqual(ends(['cell 1', pathToFileURL(kernel).href, node], 1000), [true, true]);
  assert.deepEqual(ends(['cell 1', node], 1000), [false, true]);
  assert.deepEqual(ends(['cell 1', node], 5000), [true, true]);
  assert.deepEqual(ends(['cell 1', node], 5000, true), [false, true]);
  assert.deepEqual(ends(['cell 1', node], 20_000, true), [true, true]);
});

test('code of lib that a cell has started is terminated', () => {
  assert.deepEqual(ends([inWorkspace('lib/training/train.ts'), node], 5000), [true, true]);
});

test("neither the kernel's own work nor the loading of a module is terminated", () => {
  assert.deepEqual(ends(['/x/node_modules/tslab/dist/converter.js', kernel], 60_000), [
    false,
    false,
  ]);
  assert.deepEqual(ends(['node:internal/modules/cjs/loader', 'cell 1'], 60_000), [false, true]);
});

test('a message that Node is delivering is not lost, however often stop is pressed', () => {
  assert.deepEqual(ends([node, 'node:internal/per_context/messageport'], 60_000), [false, false]);
  assert.deepEqual(ends(['', node], 60_000), [false, false]);
  assert.deepEqual(ends([], 60_000), [false, false]);
});
