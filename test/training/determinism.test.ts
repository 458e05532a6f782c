import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { test } from 'node:test';
import { nextSeed, random, setSeed } from '../../lib/runtime';
import { epochOrder, mixSeed } from '../../lib/training/seeds';
import { trainedHash } from './determinism-training';

test('two trainings with one seed end in the same weights, in one process and in two', async () => {
  setSeed(3);
  const first = await trainedHash(9);
  setSeed(3);
  assert.equal(await trainedHash(9), first);
  setSeed(3);
  assert.notEqual(await trainedHash(10), first);
  const script = path.join(__dirname, 'determinism-child.ts');
  const printed = execFileSync(process.execPath, ['--require', require.resolve('tsx/cjs'), script]);
  assert.equal(printed.toString().trim(), first);
});

test('without the option seed, training follows setSeed', async () => {
  setSeed(5);
  const first = await trainedHash();
  setSeed(5);
  assert.equal(await trainedHash(), first);
  assert.notEqual(await trainedHash(), first);
});

test('training with a seed leaves the generator as it was', async () => {
  const state = () => random().getState();
  setSeed(1);
  // The network's own weights draw from it.
  await trainedHash(2);
  const after = state();
  setSeed(1);
  await trainedHash(3);
  assert.equal(state(), after);
  nextSeed();
});

test('the order of an epoch follows from seed and epoch', () => {
  assert.deepEqual(epochOrder(50, 1, 2, true), epochOrder(50, 1, 2, true));
  assert.notDeepEqual(epochOrder(50, 1, 2, true), epochOrder(50, 1, 3, true));
  assert.notDeepEqual(epochOrder(50, 1, 2, true), epochOrder(50, 2, 2, true));
  assert.deepEqual([...epochOrder(4, 1, 0, false)], [0, 1, 2, 3]);
  assert.deepEqual(
    [...epochOrder(50, 7, 0, true)].sort((a, b) => a - b),
    [...Array(50).keys()],
  );
  const mixed = new Set<number>();
  for (let a = 0; a < 50; a++) for (let b = 0; b < 50; b++) mixed.add(mixSeed(a, b));
  assert.equal(mixed.size, 2500);
});
