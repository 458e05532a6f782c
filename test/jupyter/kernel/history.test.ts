import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { History } from '../../../lib/jupyter/kernel/history';
import { temporaryFolder } from '../../temporary-folder';
import { Client } from './client';

let folder: string;
before(() => {
  folder = temporaryFolder('gb-history');
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const ask = (history: History, more: object) =>
  history.answer({ raw: true, output: false, ...more })['history'];

test('tail, range and search give inputs of this session and of earlier ones', () => {
  const first = new History(folder);
  first.begin(1, '1 + 2');
  first.end('3');
  first.begin(2, 'const a = 1;');
  const second = new History(folder);
  second.begin(1, '1 + 2');
  second.begin(2, 'a?.b\nnext');
  const tail = { hist_access_type: 'tail' };
  assert.deepEqual(ask(second, { ...tail, n: 3 }), [
    [1, 2, 'const a = 1;'],
    [2, 1, '1 + 2'],
    [2, 2, 'a?.b\nnext'],
  ]);
  assert.deepEqual(ask(second, { ...tail, n: 0 }), []);
  assert.deepEqual(ask(second, { ...tail, n: 4, output: true })?.[0 as never], [
    1,
    1,
    ['1 + 2', '3'],
  ]);
  const range = { hist_access_type: 'range' };
  assert.deepEqual(ask(second, { ...range, session: 0, start: 2, stop: 3 }), [
    [2, 2, 'a?.b\nnext'],
  ]);
  assert.deepEqual(ask(second, { ...range, session: -1, start: 1, stop: 2 }), [[1, 1, '1 + 2']]);
  assert.deepEqual(ask(second, { ...range, session: 1, start: 2 }), [[1, 2, 'const a = 1;']]);
  assert.deepEqual(ask(second, { ...range, session: 9, start: 1 }), []);
  const search = { hist_access_type: 'search' };
  assert.deepEqual(ask(second, { ...search, pattern: '1*' }), [
    [1, 1, '1 + 2'],
    [2, 1, '1 + 2'],
  ]);
  assert.deepEqual(ask(second, { ...search, pattern: '1*', unique: true }), [[2, 1, '1 + 2']]);
  assert.deepEqual(ask(second, { ...search, pattern: '*', n: 1 }), [[2, 2, 'a?.b\nnext']]);
  assert.deepEqual(ask(second, { ...search, pattern: 'a?.b*' }), [[2, 2, 'a?.b\nnext']]);
  assert.deepEqual(ask(second, { ...search, pattern: '(' }), []);
});

test('a damaged line is ignored, and without a folder the history is kept in memory', () => {
  fs.writeFileSync(path.join(folder, '7.jsonl'), '{"line":1,"input":"kept"}\n{"line":2,"inp');
  const history = new History(folder);
  assert.deepEqual(ask(history, { hist_access_type: 'range', session: 7, start: 1 }), [
    [7, 1, 'kept'],
  ]);
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  const alone = new History(path.join(file, 'below'));
  alone.begin(1, 'x');
  assert.deepEqual(ask(alone, { hist_access_type: 'tail', n: 5 }), [[1, 1, 'x']]);
});

test('a kernel has the history of an earlier one, without silent and unstored cells', async () => {
  const cache = path.join(folder, 'cache');
  const variables = { GRADBOOK_CACHE: cache, GRADBOOK_HISTORY: '' };
  const one = await Client.start(variables);
  await one.execute('40 + 2');
  await one.execute('41', { silent: true });
  await one.execute('42', { store_history: false });
  await one.stop();
  const two = await Client.start(variables);
  try {
    await two.execute('throw 1');
    const content = { raw: true, output: true, hist_access_type: 'tail', n: 10 };
    const { reply } = await two.ask('history_request', content);
    assert.deepEqual(reply['history'], [
      [1, 1, ['40 + 2', '42']],
      [2, 1, ['throw 1', null]],
    ]);
    assert.equal(fs.statSync(path.join(cache, 'history', '2.jsonl')).mode & 0o77, 0);
  } finally {
    await two.stop();
  }
});
