import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '../../../lib/jupyter';
import { CellOutputs, type Displays } from '../../../lib/run/execute/outputs';
import { TextCap } from '../../../lib/run/execute/text-cap';

function message(type: string, content: object): Message {
  return { header: { msg_type: type } as never, parent_header: {}, metadata: {}, content };
}
const print = (text: string, name = 'stdout') => message('stream', { name, text });
const show = (text: string, id?: string, type = 'display_data') =>
  message(type, { data: { 'text/plain': text }, metadata: {}, transient: { display_id: id } });

function collect(messages: readonly Message[], displays: Displays = new Map()): CellOutputs {
  const outputs = new CellOutputs(displays);
  for (const one of messages) outputs.take(one);
  return outputs;
}

const brief = (outputs: CellOutputs) =>
  outputs
    .outputs()
    .map((one) =>
      one.output_type === 'stream'
        ? `${one.name}:${one.text}`
        : one.output_type === 'error'
          ? one.evalue
          : one.data['text/plain'],
    );

describe('CellOutputs', () => {
  test('joins runs of prints to the same stream', () => {
    const all = collect([print('a'), print('b'), print('c', 'stderr'), print('d')]);
    assert.deepEqual(brief(all), ['stdout:ab', 'stderr:c', 'stdout:d']);
    assert.equal(all.tail(), 'abcd');
  });

  test('updates a display wherever it was shown', () => {
    const displays: Displays = new Map();
    const first = collect([show('10%', 'bar'), show('other')], displays);
    const second = collect([show('20%', 'bar')], displays);
    assert.deepEqual(brief(first), ['20%', 'other']);
    collect([show('100%', 'bar', 'update_display_data')], displays);
    assert.deepEqual([brief(first), brief(second)], [['100%', 'other'], ['100%']]);
  });

  test('an update of an unknown display is ignored', () => {
    assert.deepEqual(brief(collect([show('1', 'x', 'update_display_data')])), []);
  });

  test('clears at once, or when the next output comes', () => {
    const clear = (wait: boolean) => message('clear_output', { wait });
    assert.deepEqual(brief(collect([print('a'), clear(false)])), []);
    assert.deepEqual(brief(collect([print('a'), clear(true)])), ['stdout:a']);
    assert.deepEqual(brief(collect([print('a'), clear(true), print('b'), print('c')])), [
      'stdout:bc',
    ]);
  });

  test('leaves out a value that is too large, with a note', () => {
    const outputs = new CellOutputs(new Map(), { stream: 100, value: 1000 });
    const data = { 'text/html': 'x'.repeat(2000), 'text/plain': 'small' };
    outputs.take(message('display_data', { data, metadata: {} }));
    assert.match(String(brief(outputs)[0]), /left out: text\/html of 0\.0 MB/);
  });
});

describe('TextCap', () => {
  test('keeps everything that fits', () => {
    const cap = new TextCap(100);
    for (let i = 0; i < 10; i++) cap.add('0123456789');
    assert.equal(cap.text(), '0123456789'.repeat(10));
  });

  test('keeps the beginning and the end of longer text, for any chunks', () => {
    for (const size of [1, 7, 1000, 100_000]) {
      const cap = new TextCap(100);
      const text = `${'a'.repeat(50)}${'-'.repeat(99_900)}${'z'.repeat(50)}`;
      for (let at = 0; at < text.length; at += size) cap.add(text.slice(at, at + size));
      const kept = cap.text();
      assert.match(kept, /^a{50}\n\[… 99,900 of 100,000 characters left out.*\]\nz{50}$/);
      assert.equal(cap.text(), kept);
    }
  });

  test('shows the final state of a line overwritten by carriage returns', () => {
    const cap = new TextCap(100);
    cap.add('10%\r20%\r100%\ndone\r\n');
    assert.equal(cap.text(), '100%\ndone\n');
  });
});
