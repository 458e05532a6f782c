import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, Client } from './client';

// Output that bypasses `process.stdout`: of child processes, native code and `fs`.

let kernel: Client;
before(async () => {
  kernel = await Client.start();
  await kernel.execute(
    "import * as fs from 'fs'; import { execSync, spawn } from 'child_process';",
  );
});
after(() => kernel.stop());

/** What a cell printed, stream by stream in the order of arrival. */
function printed(answer: Answer): string[] {
  const texts: string[] = [];
  let last = '';
  for (const { type, content } of answer.outputs) {
    if (type !== 'stream') continue;
    const name = String(content['name']);
    if (name === last) texts[texts.length - 1] += String(content['text']);
    else texts.push(`${name}: ${content['text']}`);
    last = name;
  }
  return texts;
}

test('output of a child process is in order with the prints around it', async () => {
  const code = `console.log('before');
execSync('echo child; echo more', { stdio: 'inherit' });
console.log('between');
execSync('echo trouble >&2', { stdio: 'inherit' });
console.log('after');`;
  const answer = await kernel.execute(code);
  assert.equal(answer.reply['status'], 'ok');
  assert.deepEqual(printed(answer), [
    'stdout: before\nchild\nmore\nbetween\n',
    'stderr: trouble\n',
    'stdout: after\n',
  ]);
});

test('writes to a descriptor are in order with 500 prints', async () => {
  const code = `for (let i = 0; i < 500; i++) i % 2 ? console.log(i) : fs.writeSync(1, i + '\\n');`;
  const lines = (await kernel.execute(code)).text.trim().split('\n');
  assert.deepEqual(
    lines,
    Array.from({ length: 500 }, (_, i) => String(i)),
  );
});

test("1 MB of a child, more than a pipe's buffer, arrives completely", async () => {
  const answer = await kernel.execute(`execSync('seq 150000', { stdio: 'inherit' }); 'done'`);
  assert.equal(answer.reply['status'], 'ok');
  const lines = answer.text.trim().split('\n');
  assert.equal(lines.length, 150_000);
  assert.equal(lines.at(-1), '150000');
});

test('output shows while the cell waits for the child', async () => {
  const code = `execSync('echo early; sleep 0.5', { stdio: 'inherit' }); console.log('late');`;
  const answer = await kernel.execute(code);
  const streams = answer.outputs.filter(({ type }) => type === 'stream');
  assert.deepEqual(
    streams.map(({ content }) => content['text']),
    ['early\n', 'late\n'],
  );
});

test('characters of several bytes survive the end of a read', async () => {
  const text = 'é€🂡'.repeat(9000);
  const answer = await kernel.execute(`fs.writeSync(1, 'é€🂡'.repeat(9000)); 0`);
  assert.equal(answer.text, text);
});

test('a child that outlives its cell prints into the cell that runs then', async () => {
  await kernel.execute(`spawn('sh', ['-c', 'sleep 0.3; echo late'], { stdio: 'inherit' }); 0`);
  const code = `await new Promise((resolve) => setTimeout(resolve, 700)); 1`;
  assert.equal((await kernel.execute(code)).text, 'late\n');
});

test('prints are fast: 20,000 lines', async () => {
  const code = `const t0 = performance.now();
for (let i = 0; i < 20000; i++) console.log(i);
performance.now() - t0`;
  const answer = await kernel.execute(code);
  assert.equal(answer.text.trim().split('\n').length, 20_000);
});
