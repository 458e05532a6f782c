import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from './client';

let kernel: Client;
before(async () => {
  kernel = await Client.start();
  // With `require` no types are loaded, which would take longer than all the tests.
  await kernel.execute("const { interruptCount, interruptSince } = require('./lib/runtime');");
  await kernel.execute("const { progress } = require('./lib/notebook');");
});
after(() => kernel.stop());

/** Starts a cell, waits until it has printed `ready`, interrupts it and waits for its end. */
async function interrupted(code: string, how: 'message' | 'signal' = 'message') {
  const running = kernel.execute(code);
  await kernel.printed('ready');
  const start = performance.now();
  if (how === 'signal') kernel.process.kill('SIGINT');
  else await kernel.ask('interrupt_request', {}, 'control');
  const answer = await running;
  return { ...answer, seconds: (performance.now() - start) / 1000 };
}

test('work that polls ends by itself, and its names stay', async () => {
  const { reply, text } = await interrupted(`
    const bar = progress({ label: 'working' });
    const since = interruptCount();
    let steps = 0;
    console.log('ready');
    do { steps++; await new Promise((r) => setTimeout(r, 5)); } while (!interruptSince(since));
    const kept = steps;
    bar.stop();
    console.log('ended');
  `);
  assert.equal(reply['status'], 'ok', String(reply['evalue']));
  assert.match(text, /ended/);
  const { reply: next } = await kernel.execute('if (!(kept > 0)) throw new Error(String(kept));');
  assert.equal(next['status'], 'ok', String(next['evalue']));
});

test('a loop that polls without ever yielding sees the interrupt', async () => {
  const { reply } = await interrupted(`
    const start = interruptCount();
    console.log('ready');
    await new Promise((r) => setTimeout(r, 50));
    while (!interruptSince(start)) {}
  `);
  assert.equal(reply['status'], 'ok');
});

test('a cell that waits forever is abandoned', async () => {
  const { reply, outputs } = await interrupted(
    "console.log('ready'); await new Promise(() => {});",
  );
  assert.equal(reply['status'], 'error');
  assert.equal(reply['ename'], 'Interrupted');
  assert.ok(outputs.some(({ type }) => type === 'error'));
});

test('a signal has the same effect', async () => {
  const { reply } = await interrupted(
    "console.log('ready'); await new Promise(() => {});",
    'signal',
  );
  assert.equal(reply['ename'], 'Interrupted');
});

test('a synchronous loop is terminated', async () => {
  const { reply, seconds } = await interrupted("console.log('ready'); while (true) {}");
  assert.equal(reply['ename'], 'Interrupted');
  assert.ok(seconds < 30);
});

test('what is printed just before a loop is seen while it runs', async () => {
  // The second print follows so soon that it is buffered.
  const running = kernel.execute("console.log('first'); console.log('ready'); while (true) {}");
  await kernel.printed('ready');
  const start = performance.now();
  await kernel.ask('interrupt_request', {}, 'control');
  assert.equal((await running).reply['ename'], 'Interrupted');
  assert.equal((await running).text, 'first\nready\n');
  // Up to its first `await` a cell is given one second, and not the five of what follows it.
  assert.ok(performance.now() - start < 4500, String(performance.now() - start));
});

test('a synchronous loop after an await is terminated, and the kernel keeps running', async () => {
  const { reply } = await interrupted(`
    await new Promise((r) => setTimeout(r, 20));
    console.log('ready');
    while (true) {}
  `);
  assert.equal(reply['ename'], 'Interrupted');
  const { reply: next, text } = await kernel.execute(
    "await new Promise((r) => setTimeout(r, 20)); console.log('alive');",
  );
  assert.equal(next['status'], 'ok');
  assert.match(text, /alive/);
});

test('an interrupt cancels the queued cells', async () => {
  const running = kernel.execute("console.log('ready'); await new Promise(() => {});");
  const waiting = kernel.execute('1');
  await kernel.printed('ready');
  await kernel.ask('interrupt_request', {}, 'control');
  assert.equal((await running).reply['status'], 'error');
  assert.equal((await waiting).reply['status'], 'aborted');
});

test('what is sent right after an interrupted cell runs', async () => {
  // By itself before the message is read, about when it is read, and because of it.
  const ends = [
    'while (!interruptSince(from)) await null;',
    'while (!interruptSince(from)) await new Promise((r) => setTimeout(r, 1));',
    "await new Promise((r) => require('./lib/runtime').onInterrupt(() => r(0)));",
  ];
  for (let round = 0; round < 30; round++) {
    const code = `{ const from = interruptCount(); console.log('ready'); await new Promise((r) =>
      setTimeout(r, 1)); ${ends[round % 3]} }`;
    const running = kernel.execute(code);
    await kernel.printed('ready');
    const asked = kernel.ask('interrupt_request', {}, 'control');
    await running;
    const next = kernel.execute('await new Promise((r) => setTimeout(r, 3));');
    const last = kernel.execute('1');
    assert.equal((await next).reply['status'], 'ok', `round ${round}`);
    assert.equal((await last).reply['status'], 'ok', `round ${round}`);
    await asked;
  }
});

test('an abandoned loop prints into its own cell', async () => {
  await interrupted(`
    console.log('ready');
    for (let i = 0; i < 20; i++) { await new Promise((r) => setTimeout(r, 200)); console.log('old'); }
  `);
  const { text } = await kernel.execute(
    "await new Promise((r) => setTimeout(r, 600)); console.log('new');",
  );
  assert.equal(text, 'new\n');
});

test('a listener that a cell adds has no side effects', async () => {
  await kernel.execute("process.on('SIGINT', () => {});");
  const { reply } = await interrupted(
    "console.log('ready'); await new Promise(() => {});",
    'signal',
  );
  assert.equal(reply['ename'], 'Interrupted');
  assert.equal((await kernel.execute('1')).reply['status'], 'ok');
});

test('an interrupt of an idle kernel has no effect', async () => {
  await kernel.ask('interrupt_request', {}, 'control');
  assert.equal((await kernel.execute('1')).reply['status'], 'ok');
});
