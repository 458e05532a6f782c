import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from './client';

// Completion and documentation, with JupyterLab's requests. Uses a small module of lib for speed.

let kernel: Client;
before(async () => {
  kernel = await Client.start();
  const { reply } = await kernel.execute(
    "import { formatSeconds } from './lib/notebook/format';\nconst counter = { total: 1, left: 2 };",
  );
  assert.equal(reply['status'], 'ok');
});
after(() => kernel.stop());

const complete = async (code: string, cursor_pos = code.length) =>
  (await kernel.ask('complete_request', { code, cursor_pos })).reply;
const inspect = async (code: string, cursor_pos = code.length) => {
  const { reply } = await kernel.ask('inspect_request', { code, cursor_pos });
  return String((reply['data'] as Record<string, unknown>)['text/plain'] ?? '');
};

test('names of earlier cells, members and imports are completed', async () => {
  assert.deepEqual((await complete('counter.to'))['matches'], ['total']);
  assert.ok(((await complete('formatSec'))['matches'] as string[]).includes('formatSeconds'));
  const code = "import { formatC } from './lib/notebook/format'";
  const { matches, cursor_start, cursor_end } = await complete(code, 16);
  assert.ok((matches as string[]).includes('formatColumn'));
  assert.deepEqual([cursor_start, cursor_end], [9, 16]);
});

test('positions are counted in characters, not in UTF-16 units', async () => {
  const { cursor_start, cursor_end } = await complete("'🐢🐢'; counter.to");
  assert.deepEqual([cursor_start, cursor_end], [14, 16]);
});

test('the documentation is found on the name, after it and inside its parentheses', async () => {
  for (const code of ['formatSeconds', 'formatSeconds(', 'formatSeconds(counter.total + (1 ']) {
    const text = await inspect(code);
    assert.match(text, /formatSeconds\(seconds: number\): string[\s\S]*A length of time/, code);
  }
  assert.equal(await inspect('   '), '');
});

test('incomplete code is not an error', async () => {
  assert.equal((await complete('const x = {{{ counter.'))['status'], 'ok');
  assert.equal((await kernel.execute('1')).reply['status'], 'ok');
});

test('a console learns whether the code is complete', async () => {
  const ask = async (code: string) =>
    (await kernel.ask('is_complete_request', { code })).reply['status'];
  assert.equal(await ask('const f = () => {'), 'incomplete');
  assert.equal(await ask('const f = 1;'), 'complete');
  assert.equal(await ask('const f = <T>(x: T) => x;'), 'complete');
  assert.equal(await ask('await Promise.resolve(1)'), 'complete');
  assert.equal(await ask('const s = `first line'), 'incomplete');
  assert.equal(await ask('/* a comment'), 'incomplete');
  assert.equal(await ask('const = 3;'), 'invalid');
  assert.equal(await ask('const x = 1);'), 'invalid');
  assert.equal(await ask('%matplotlib inline'), 'invalid');
});
