import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Origin } from '../../../lib/jupyter/kernel/messages';
import { CellQueue } from '../../../lib/jupyter/kernel/queue';

/** A queue with names as cells; those in `failing` stop the queue. */
function queueOf(failing: string[]) {
  const log: string[] = [];
  const queue = new CellQueue({
    async run({ content }) {
      log.push(`run ${content['code']}`);
      await new Promise(setImmediate);
      return failing.includes(String(content['code']));
    },
    abort: ({ content }) => void log.push(`abort ${content['code']}`),
  });
  const add = (code: string) => queue.add({ origin: {} as Origin, content: { code } });
  const settle = async (lines: number) => {
    while (log.length < lines) await new Promise(setImmediate);
    // Nothing more comes.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  };
  return { add, log, settle };
}

test('cells run one after the other', async () => {
  const { add, log, settle } = queueOf([]);
  for (const name of ['a', 'b', 'c']) add(name);
  assert.deepEqual(log, ['run a']);
  await settle(3);
  assert.deepEqual(log, ['run a', 'run b', 'run c']);
});

test('a cell that stops the queue cancels the queued cells, not later ones', async () => {
  const { add, log, settle } = queueOf(['a']);
  for (const name of ['a', 'b', 'c']) add(name);
  await settle(3);
  add('d');
  await settle(4);
  assert.deepEqual(log, ['run a', 'abort b', 'abort c', 'run d']);
});
