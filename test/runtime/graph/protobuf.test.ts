import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtoWriter, readFields, textOf } from '../../../lib/runtime/graph/protobuf';

const bytes = (writer: ProtoWriter) => Buffer.from(writer.finish()).toString('hex');

describe('the wire format of Protocol Buffers', () => {
  // Values of https://protobuf.dev/programming-guides/encoding/
  it('writes the examples of the specification', () => {
    assert.equal(bytes(new ProtoWriter().integer(1, 150)), '089601');
    assert.equal(bytes(new ProtoWriter().string(2, 'testing')), '120774657374696e67');
    const inner = new ProtoWriter().integer(1, 150);
    assert.equal(bytes(new ProtoWriter().message(3, inner)), '1a03089601');
    // Negative numbers take ten bytes.
    assert.equal(bytes(new ProtoWriter().integer(1, -2)), '08feffffffffffffffff01');
    assert.equal(bytes(new ProtoWriter().float(3, 1)), '1d0000803f');
  });

  it('reads what was written, in order', () => {
    const written = new ProtoWriter()
      .integer(1, 3_000_000_000)
      .string(17, 'größe')
      .float(2, 0.5)
      .bytes(1, Uint8Array.of(0, 255));
    const [number, text, float, last] = readFields(written.finish());
    assert.deepEqual(number, { field: 1, value: 3_000_000_000 });
    assert.equal(text!.field, 17);
    assert.equal(textOf(text!), 'größe');
    assert.equal(Buffer.from(float!.value as Uint8Array).readFloatLE(), 0.5);
    assert.deepEqual([...(last!.value as Uint8Array)], [0, 255]);
    assert.deepEqual(readFields(new Uint8Array()), []);
  });
});
