import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { Subscriber } from 'zeromq';
import { bindSockets } from '../../../lib/jupyter/kernel/sockets';
import { temporaryFolder } from '../../temporary-folder';

/** The sockets of a kernel on Unix sockets in a temporary folder, and the address of `iopub`. */
async function bind() {
  const folder = temporaryFolder('gb-sockets');
  const ip = path.join(folder, 'k');
  const ports = { shell_port: 1, iopub_port: 2, control_port: 3, stdin_port: 4, hb_port: 5 };
  const sockets = await bindSockets({ transport: 'ipc', ip, key: '', ...ports });
  const close = () => {
    sockets.close();
    fs.rmSync(folder, { recursive: true });
  };
  return { sockets, address: `ipc://${ip}-2`, close };
}

test('the first message of each subscriber is its welcome, whatever is published meanwhile', async () => {
  const { sockets, address, close } = await bind();
  let publishing = true;
  const published = (async () => {
    while (publishing) {
      await sockets.send(sockets.iopub, [Buffer.from('status'), Buffer.from('busy')]);
      await new Promise(setImmediate);
    }
  })();
  const welcomed = sockets.welcome((topic) => [topic, Buffer.from('welcome')]);
  const subscribers = Array.from({ length: 40 }, () => new Subscriber({ linger: 0 }));
  const received = await Promise.all(
    subscribers.map(async (subscriber, index) => {
      subscriber.subscribe(index % 2 === 0 ? '' : 'status');
      subscriber.connect(address);
      const [topic, text] = await subscriber.receive();
      return `${topic}: ${text}`;
    }),
  );
  assert.deepEqual(
    received,
    subscribers.map((_, index) => (index % 2 === 0 ? ': welcome' : 'status: welcome')),
  );
  publishing = false;
  await published;
  for (const subscriber of subscribers) subscriber.close();
  close();
  await welcomed;
});

test('a subscriber that ends its subscription receives nothing more, the others do', async () => {
  const { sockets, address, close } = await bind();
  const welcomed = sockets.welcome((topic) => [topic, Buffer.from('welcome')]);
  const publish = (topic: string, text: string) =>
    sockets.send(sockets.iopub, [Buffer.from(topic), Buffer.from(text)]);
  const [ending, staying] = [new Subscriber({ linger: 0 }), new Subscriber({ linger: 0 })];
  for (const subscriber of [ending, staying]) {
    subscriber.subscribe('status');
    subscriber.connect(address);
    assert.equal(String((await subscriber.receive())[1]), 'welcome');
  }
  ending.unsubscribe('status');
  ending.subscribe('stream');
  // Requests of one subscriber are read in order: with this welcome the end has been read too.
  assert.equal(String((await ending.receive())[0]), 'stream');
  await publish('status', 'busy');
  await publish('stream', 'text');
  assert.equal(String((await ending.receive())[1]), 'text');
  assert.equal(String((await staying.receive())[1]), 'busy');
  ending.close();
  staying.close();
  close();
  await welcomed;
});
