import * as assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from './client';

let kernel: Client;
before(async () => {
  kernel = await Client.start();
});
after(() => kernel.stop());

const info = async (content = {}) => (await kernel.ask('comm_info_request', content)).reply;

test('a cell opens a comm, receives messages, replies and closes it', async () => {
  const { outputs } = await kernel.execute(`import { openComm } from './lib/notebook';
const comm = openComm('echo', { a: 1 }, { version: '2.1.0' });
comm.onMessage = async ({ text }) => { await null; console.log('got', text); comm.send({ text }); };`);
  const open = outputs.find(({ type }) => type === 'comm_open')!.content;
  assert.deepEqual([open['target_name'], open['data']], ['echo', { a: 1 }]);
  const id = String(open['comm_id']);
  assert.deepEqual(await info(), { status: 'ok', comms: { [id]: { target_name: 'echo' } } });
  assert.deepEqual(await info({ target_name: 'other' }), { status: 'ok', comms: {} });
  const heard = await kernel.tell('comm_msg', { comm_id: id, data: { text: 'hello' } });
  assert.deepEqual(
    heard.map(({ type, content }) => [type, content['data']]),
    [['comm_msg', { text: 'hello' }]],
  );
  // What it printed belongs to the cell that opened the comm.
  assert.equal(outputs.find(({ type }) => type === 'stream')?.content['text'], 'got hello\n');
  const closing = await kernel.execute('comm.close()');
  assert.ok(closing.outputs.some(({ type }) => type === 'comm_close'));
  assert.deepEqual(await info(), { status: 'ok', comms: {} });
});

test('a comm to an unknown target is closed, to a known one it is open', async () => {
  const content = { comm_id: 'x1', target_name: 'mine', data: { n: 2 } };
  const refused = await kernel.tell('comm_open', content);
  assert.deepEqual(
    refused.map(({ type, content }) => [type, content['comm_id']]),
    [['comm_close', 'x1']],
  );
  await kernel.execute(`import { registerCommTarget } from './lib/notebook';
const got: unknown[] = [];
registerCommTarget('mine', (comm, data) => { got.push(data); comm.onClose = () => got.push('closed'); });`);
  assert.deepEqual(await kernel.tell('comm_open', content), []);
  await kernel.tell('comm_close', { comm_id: 'x1', data: {} });
  const { outputs } = await kernel.execute('JSON.stringify(got)');
  assert.match(JSON.stringify(outputs), /\[\{\\\\\\"n\\\\\\":2\},\\\\\\"closed\\\\\\"\]|n.*closed/);
});

test('the error of a handler is shown in its cell; a message to an unknown comm is ignored', async () => {
  const { outputs } = await kernel.execute(`const bad = openComm('bad');
bad.onMessage = () => { throw new RangeError('from the handler'); };`);
  const id = outputs.find(({ type }) => type === 'comm_open')!.content['comm_id'];
  await kernel.tell('comm_msg', { comm_id: id, data: {} });
  assert.equal(outputs.find(({ type }) => type === 'error')?.content['ename'], 'RangeError');
  assert.deepEqual(await kernel.tell('comm_msg', { comm_id: 'nobody', data: {} }), []);
  assert.equal((await kernel.execute('1')).reply['status'], 'ok');
});

test('unsupported requests are replied to with an error', async () => {
  for (const channel of ['shell', 'control'] as const) {
    const content = { type: 'request', seq: 1, command: 'attach', arguments: {} };
    const { reply } = await kernel.ask('debug_request', content, channel);
    assert.equal(reply['status'], 'error');
    assert.equal(reply['evalue'], 'this kernel does not support debug_request');
  }
  const { reply } = await kernel.ask('connect_request', {});
  assert.equal(reply['ename'], 'NotSupported');
});
