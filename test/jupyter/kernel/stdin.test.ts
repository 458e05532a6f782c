import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from './client';

let kernel: Client;
before(async () => {
  kernel = await Client.start();
});
after(() => kernel.stop());

/** Runs a cell with input allowed, and replies with these lines. */
async function run(code: string, ...typed: string[]) {
  kernel.prompts.length = 0;
  kernel.typed.splice(0, kernel.typed.length, ...typed);
  const { reply, text } = await kernel.execute(code, { allow_stdin: true });
  assert.equal(reply['status'], 'ok', `${code}: ${reply['evalue']}`);
  assert.deepEqual(kernel.typed, [], 'lines without a request');
  return text;
}

test('input requests one line after the other', async () => {
  const code = `import { input } from './lib/notebook';
const [name, secret] = await Promise.all([input('name? '), input('word? ', { password: true })]);
console.log(name, secret, await input());`;
  assert.equal(await run(code, 'Ada', 'pass', 'ü 🐢'), 'Ada pass ü 🐢\n');
  assert.deepEqual(kernel.prompts, ['name? ', '[word? ]', '']);
});

test('readline asks by standard input, once for each question', async () => {
  const code = `const lines = require('node:readline/promises')
  .createInterface({ input: process.stdin, output: process.stdout });
const first = await lines.question('first? ');
const second = await lines.question('second? ');
lines.close();
console.log(first + second);`;
  assert.equal(await run(code, 'a', 'b'), 'first? second? ab\n');
  assert.equal(kernel.prompts.length, 2);
});

test('synchronous reads wait for a line', async () => {
  const code = `import * as fs from 'node:fs';
const part = Buffer.alloc(3);
const got = [0, 1, 2].map(() => part.toString('utf8', 0, fs.readSync(0, part, 0, 3, null)));
console.log(JSON.stringify([...got, fs.readFileSync(0, 'utf8')]));`;
  assert.equal(await run(code, 'abcde', 'fg', 'whole'), '["abc","de\\n","fg\\n","whole\\n"]\n');
});

test('where input is not allowed, it fails at once', async () => {
  const code = "await require('./lib/notebook').input('name? ')";
  const { reply } = await kernel.execute(code, { allow_stdin: false });
  assert.match(String(reply['evalue']), /^standard input is not available in a cell here/);
});

test('an input request without a reply can be interrupted, also a synchronous one', async () => {
  for (const code of [
    "console.log('asks'); await require('./lib/notebook').input('never? ')",
    "console.log('asks'); require('node:fs').readFileSync(0)",
  ]) {
    kernel.prompts.length = 0;
    const answer = kernel.execute(code, { allow_stdin: true });
    await kernel.printed('asks');
    while (kernel.prompts.length === 0) await new Promise((next) => setTimeout(next, 20));
    await kernel.ask('interrupt_request', {}, 'control');
    assert.equal((await answer).reply['ename'], 'Interrupted', code);
  }
  assert.equal(await run("console.log(await require('./lib/notebook').input())", 'on'), 'on\n');
});
