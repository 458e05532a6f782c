import * as assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Origin } from '../../../lib/jupyter/kernel/messages';
import { encode } from '../../../lib/jupyter/kernel/wire';
import { readFrames } from '../../../lib/jupyter/wire';

const origin = { header: { session: 's', username: 'u', msg_id: 'asked' } } as unknown as Origin;
const identity = Buffer.from([0, 255, 7]);
const frames = () => encode('execute_reply', { text: 'ä – 漢字' }, origin, 'key', [identity]);

test('a message survives the round trip, with any characters', () => {
  const { identities, header, content } = readFrames(frames(), 'key');
  assert.deepEqual(identities, [Uint8Array.from(identity)]);
  assert.equal(header.msg_type, 'execute_reply');
  assert.equal(header.session, 's');
  assert.deepEqual(content, { text: 'ä – 漢字' });
});

test('a reply has the request as its parent', () => {
  assert.equal(JSON.parse(frames()[4]!.toString()).msg_id, 'asked');
});

test('another key, a changed part or a cut message is refused', () => {
  assert.throws(() => readFrames(frames(), 'other'), /wrong signature/);
  const changed = frames();
  changed[6] = Buffer.from('{"text":"changed"}');
  assert.throws(() => readFrames(changed, 'key'), /wrong signature/);
  assert.throws(() => readFrames(frames().slice(0, 5), 'key'), /not a Jupyter message/);
  assert.throws(() => readFrames([], 'key'), /not a Jupyter message/);
});

test('without a key nothing is signed', () => {
  const plain = encode('status', {}, null, '', []);
  assert.equal(plain[1]!.length, 0);
  assert.equal(readFrames(plain, '').header.msg_type, 'status');
});
