import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CardTurns, cardsHere, parseCards } from '../../../lib/run/plan/cards';

const output = '0, 81559\n1, 24576\n2, [N/A]\n';

test('GPUs are read from nvidia-smi', () => {
  assert.deepEqual(parseCards(output), [
    { id: '0', memory: 81_559 },
    { id: '1', memory: 24_576 },
    { id: '2', memory: 0 },
  ]);
  assert.deepEqual(parseCards('No devices were found\n'), []);
});

test('CUDA_VISIBLE_DEVICES chooses, as CUDA reads it', () => {
  const ids = (visible: string) => parseCards(output, visible).map(({ id }) => id);
  assert.deepEqual(ids('1'), ['1']);
  assert.deepEqual(ids('2, 0'), ['2', '0']);
  assert.deepEqual(ids('0,-1,1'), ['0']);
  assert.deepEqual(ids(''), []);
  assert.deepEqual(ids('7'), []);
  assert.deepEqual(parseCards(output, 'MIG-3f'), [{ id: 'MIG-3f', memory: 0 }]);
});

test('each notebook gets the GPU on which the fewest run', () => {
  const turns = new CardTurns(['0', '3']);
  assert.deepEqual([turns.take(), turns.take(), turns.take()], ['0', '3', '0']);
  turns.give('0');
  turns.give('0');
  assert.deepEqual([turns.take(), turns.take(), turns.take()], ['0', '0', '3']);
  const none = new CardTurns([]);
  assert.equal(none.take(), undefined);
  none.give(undefined);
});

test('this machine is queried without an error', () => {
  assert.ok(Array.isArray(cardsHere()));
});
