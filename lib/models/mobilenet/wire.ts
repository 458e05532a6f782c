import { GradbookError } from '../../runtime';

/** One field of a protobuf message: a number, or the bytes of a string, message or packed list. */
export type WireField =
  | { number: number; bytes: Uint8Array; value?: undefined }
  | { number: number; value: number; bytes?: undefined };

/**
 * The fields of a protobuf message in order (Protocol Buffers, "Encoding"): enough of the format to
 * read a frozen TensorFlow graph without its schema.
 *
 * @param message the message's bytes; fields of bytes are views into it
 * @throws GradbookError `bad-file` when the bytes end inside a field
 */
export function* wireFields(message: Uint8Array): Generator<WireField> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw truncated();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const skip = (length: number): number => {
    const start = at;
    at += length;
    if (at > message.length) throw truncated();
    return start;
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: view.getFloat64(skip(8), true) };
        break;
      case 2: {
        const length = varint();
        const start = skip(length);
        yield { number, bytes: message.subarray(start, start + length) };
        break;
      }
      case 5:
        yield { number, value: view.getFloat32(skip(4), true) };
        break;
      default:
        throw new GradbookError(
          `wire type ${key % 8} at byte ${at}: this is not a protobuf message`,
          'bad-file',
        );
    }
  }
}

function truncated(): GradbookError {
  return new GradbookError('the protobuf message ends inside a field', 'bad-file');
}
