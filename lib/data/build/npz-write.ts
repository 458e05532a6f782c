import { Deflate } from 'fflate';
import { GradbookError } from '../../runtime';
import { crc32 } from '../crc32';
import { npyHeader } from '../npy';

/** An array of bytes that `zipArrays` writes as float32, each byte divided by `divisor`. */
export interface FloatArray {
  name: string;
  shape: readonly number[];
  bytes: Uint8Array;
  divisor: number;
}

/** An array inside the archive, deflated. */
interface Packed {
  name: Buffer;
  crc32: number;
  size: number;
  chunks: Uint8Array[];
  packedSize: number;
}

// fflate's deflate is plain JavaScript: unlike zlib's its output does not change with the processor
// or the version of Node. This is its fastest setting, 4 % larger than the smallest that is usable.
const packing = { level: 1, mem: 6 } as const;
const chunkValues = 2 ** 18;

/**
 * Packs arrays as NumPy's `savez_compressed` does, with every date at the format's first one, so
 * that the same values give the same bytes.
 *
 * @param onProgress called with the number of values packed so far; awaited
 * @returns the archive, in pieces
 * @throws GradbookError `too-big` where an array would need zip64
 */
export async function packNpz(
  arrays: readonly FloatArray[],
  onProgress: (values: number) => void | Promise<void> = () => {},
): Promise<Uint8Array[]> {
  let done = 0;
  const parts: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const array of arrays) {
    const packed = await pack(array, (values) => onProgress(done + values));
    done += array.bytes.length;
    const header = localHeader(packed);
    parts.push(header, ...packed.chunks);
    directory.push(directoryEntry(packed, offset));
    offset += header.length + packed.packedSize;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  parts.push(...directory, endRecord(arrays.length, size, offset));
  return parts;
}

async function pack(
  { name, shape, bytes, divisor }: FloatArray,
  onProgress: (values: number) => void | Promise<void>,
): Promise<Packed> {
  const header = npyHeader('<f4', shape);
  const size = header.length + bytes.length * 4;
  if (size >= 2 ** 32 - 1) {
    throw new GradbookError(
      `${name} would take ${size} bytes: at most 4 GiB fit, so give fewer or smaller images`,
      'too-big',
    );
  }
  const chunks: Uint8Array[] = [];
  const deflate = new Deflate(packing, (chunk) => {
    if (chunk.length > 0) chunks.push(chunk);
  });
  let sum = crc32(header);
  deflate.push(header);
  const floats = Float32Array.from({ length: 256 }, (_, byte) => byte / divisor);
  for (let start = 0; start < bytes.length; start += chunkValues) {
    const piece = bytes.subarray(start, start + chunkValues);
    const raw = littleEndianFloats(piece, floats);
    sum = crc32(raw, sum);
    deflate.push(raw);
    await onProgress(start + piece.length);
  }
  deflate.push(new Uint8Array(0), true);
  const packedSize = chunks.reduce((total, chunk) => total + chunk.length, 0);
  return { name: Buffer.from(`${name}.npy`), crc32: sum, size, chunks, packedSize };
}

function littleEndianFloats(bytes: Uint8Array, floats: Float32Array): Uint8Array {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = floats[bytes[i]!]!;
  return new Uint8Array(values.buffer);
}

/** The fields that a file's own header and its directory entry share (APPNOTE.TXT 4.3.7, 4.3.12). */
function commonFields({ name, crc32: sum, packedSize, size }: Packed): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0); // version needed: 2.0, deflate
  fields.writeUInt16LE(8, 4); // method: deflate
  fields.writeUInt16LE(0x21, 8); // date: 1 January 1980
  fields.writeUInt32LE(sum, 10);
  fields.writeUInt32LE(packedSize, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(packed: Packed): Buffer {
  return Buffer.concat([Buffer.from('PK\x03\x04'), commonFields(packed), packed.name]);
}

function directoryEntry(packed: Packed, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  const madeBy = Buffer.from([20, 0]);
  const fields = [Buffer.from('PK\x01\x02'), madeBy, commonFields(packed), rest, packed.name];
  return Buffer.concat(fields);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06', 'latin1');
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
