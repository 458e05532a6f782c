import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultJobs } from '../../../lib/run/plan/default-jobs';

const machine = { processors: 2, memory: 8e9, gpu: false };

test('two notebooks side by side where there is room for them', () => {
  assert.equal(defaultJobs(machine), 2);
  assert.equal(defaultJobs({ ...machine, processors: 64, memory: 512e9 }), 2);
});

test('one where there is one processor, little memory, or a GPU', () => {
  assert.equal(defaultJobs({ ...machine, processors: 1 }), 1);
  assert.equal(defaultJobs({ ...machine, memory: 7e9 }), 1);
  assert.equal(defaultJobs({ ...machine, gpu: true }), 1);
});

test('this machine has an answer', () => {
  assert.ok([1, 2].includes(defaultJobs()));
});
