import * as assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Origin } from '../../../lib/jupyter/kernel/messages';
import { Prints } from '../../../lib/jupyter/kernel/prints';

const originOf = (name: string) => ({ header: { msg_id: name } }) as unknown as Origin;

function printing() {
  const sent: string[] = [];
  const prints = new Prints((_type, { name, text }, { header }) =>
    sent.push(`${header.msg_id} ${name} ${text}`),
  );
  return { prints, sent };
}

test('the first print is sent at once, those that follow soon together', (t) => {
  t.after(() => mock.timers.reset());
  const { prints, sent } = printing();
  prints.add('stdout', 'a', originOf('one'));
  assert.deepEqual(sent, ['one stdout a']);
  mock.timers.enable({ apis: ['setTimeout'] });
  prints.add('stdout', 'b', null);
  prints.add('stdout', 'c', null);
  assert.equal(sent.length, 1);
  mock.timers.tick(30);
  assert.deepEqual(sent.slice(1), ['one stdout bc']);
});

test('streams and cells are kept apart, in order', () => {
  const { prints, sent } = printing();
  prints.add('stdout', 'a', originOf('one'));
  prints.add('stdout', 'b', null);
  prints.add('stderr', 'c', null);
  prints.add('stderr', 'd', originOf('two'));
  prints.flush();
  prints.flush();
  assert.deepEqual(sent, ['one stdout a', 'one stdout b', 'one stderr c', 'two stderr d']);
});

test('a long text is not delayed', () => {
  const { prints, sent } = printing();
  prints.add('stdout', 'a', originOf('one'));
  prints.add('stdout', 'b'.repeat(70_000), null);
  assert.equal(sent.length, 2);
});
