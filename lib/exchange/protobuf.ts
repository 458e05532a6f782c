// The wire format of Protocol Buffers ("Encoding"), as far as TensorFlow's and ONNX's messages need
// it: a message is the concatenation of its fields.

/** An integer below 2^53, or a negative one as 64 bits of two's complement. */
function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** An integer, enumeration or boolean. */
export function intField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A 32-bit floating-point number. */
export function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), bytes]);
}

/** A string, bytes, or a message made of its fields. */
export function bytesField(field: number, ...content: readonly (string | Uint8Array)[]): Buffer {
  const parts = content.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varint(field * 8 + 2), varint(length), ...parts]);
}

/** Integers, packed. */
export function intsField(field: number, values: readonly number[]): Buffer {
  return bytesField(field, ...values.map(varint));
}

/** The bytes of an array of float32. */
export function floatBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
