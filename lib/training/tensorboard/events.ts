import { maskedCrc32c } from './crc32c';

// TensorBoard reads TFRecord files of `Event` messages (tensorflow/core/util/event.proto). Only the
// few fields of a scalar are written here: wall_time = 1, step = 2, file_version = 3, summary = 5;
// in the summary value = 1 with tag = 1 and simple_value = 2.

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

function bytesField(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function wallTimeField(seconds: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = 1 * 8 + 1;
  bytes.writeDoubleLE(seconds, 1);
  return bytes;
}

/** The first record of a file. */
export function versionEvent(seconds: number): Buffer {
  return Buffer.concat([wallTimeField(seconds), bytesField(3, Buffer.from('brain.Event:2'))]);
}

/**
 * One scalar.
 *
 * @param seconds since 1970
 */
export function scalarEvent(tag: string, value: number, step: number, seconds: number): Buffer {
  const simpleValue = Buffer.alloc(5);
  simpleValue[0] = 2 * 8 + 5;
  simpleValue.writeFloatLE(value, 1);
  const entry = Buffer.concat([bytesField(1, Buffer.from(tag)), simpleValue]);
  return Buffer.concat([
    wallTimeField(seconds),
    step === 0 ? Buffer.alloc(0) : Buffer.concat([varint(2 * 8), varint(step)]),
    bytesField(5, bytesField(1, entry)),
  ]);
}

/** A message as a TFRecord: length, checksum of the length, the message, its checksum. */
export function record(message: Buffer): Buffer {
  const length = Buffer.alloc(12);
  length.writeBigUInt64LE(BigInt(message.length));
  length.writeUInt32LE(maskedCrc32c(length.subarray(0, 8)), 8);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(maskedCrc32c(message));
  return Buffer.concat([length, message, checksum]);
}
