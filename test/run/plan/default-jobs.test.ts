import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultJobs } from '../../../lib/run/plan/default-jobs';

const machine = { processors: 2, memory: 8e9, cards: [] };
const card = { id: '0', memory: 81_559 };

test('two notebooks in parallel with enough memory and processors', () => {
  assert.equal(defaultJobs(machine), 2);
  assert.equal(defaultJobs({ ...machine, processors: 64, memory: 512e9 }), 2);
});

test('one where there is one processor, or little memory', () => {
  assert.equal(defaultJobs({ ...machine, processors: 1 }), 1);
  assert.equal(defaultJobs({ ...machine, memory: 7e9 }), 1);
});

test('on GPUs as many as their memory, the processors and the memory allow', () => {
  const server = { processors: 16, memory: 128e9, cards: [card] };
  assert.equal(defaultJobs(server), 4);
  assert.equal(defaultJobs({ ...server, cards: [card, { id: '1', memory: 16_384 }] }), 6);
  assert.equal(defaultJobs({ ...server, cards: [{ id: '0', memory: 8_192 }] }), 1);
  assert.equal(defaultJobs({ ...server, cards: [{ id: 'MIG-1', memory: 0 }] }), 1);
  assert.equal(defaultJobs({ ...server, processors: 4 }), 2);
  assert.equal(defaultJobs({ ...server, memory: 8e9 }), 2);
  assert.equal(defaultJobs({ ...server, processors: 1, memory: 2e9 }), 1);
});

test('this machine has a valid default', () => {
  assert.ok(defaultJobs() >= 1);
});
