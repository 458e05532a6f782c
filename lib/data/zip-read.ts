import * as fs from 'node:fs';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { GradbookError } from '../runtime';
import { crc32 } from './crc32';

// The zip format: APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3 and 4.5.3.

/** One file of a zip archive. */
export interface ZipEntry {
  name: string;
  /** Position of its first byte in the archive. */
  offset: number;
  /** Bytes in the archive. */
  compressedSize: number;
  /** Bytes when inflated, as the archive declares them. */
  size: number;
  /** 0 stored, 8 deflated. */
  method: number;
  crc32: number;
}

const directoryLimit = 64 * 2 ** 20;

/**
 * The files of a zip archive, by name. Only the archive's directory is read.
 *
 * @throws GradbookError `missing-file`, or `bad-zip` for a truncated, damaged or encrypted archive
 */
export function readZipDirectory(file: string): Map<string, ZipEntry> {
  let handle: number;
  try {
    handle = fs.openSync(file, 'r');
  } catch (error) {
    throw new GradbookError(
      `${file} could not be opened (${(error as NodeJS.ErrnoException).code}): build the data set with \`npm run data\`, or name a folder that holds one`,
      'missing-file',
      { cause: error },
    );
  }
  try {
    const archive = { file, handle, length: fs.fstatSync(handle).size };
    const { start, size, count } = findDirectory(archive);
    return readEntries(archive, readAt(archive, start, size), count);
  } finally {
    fs.closeSync(handle);
  }
}

interface Archive {
  file: string;
  handle: number;
  length: number;
}

function badZip(file: string, problem: string, cause?: unknown): GradbookError {
  return new GradbookError(
    `${file} is not a complete zip archive: ${problem}. Copy or build it again.`,
    'bad-zip',
    { cause },
  );
}

function readAt({ file, handle, length }: Archive, start: number, size: number): Buffer {
  if (start < 0 || start + size > length || size > directoryLimit) {
    throw badZip(
      file,
      `it ends at byte ${length}, but refers to bytes ${start} to ${start + size}`,
    );
  }
  const bytes = Buffer.alloc(size);
  if (fs.readSync(handle, bytes, 0, size, start) !== size) {
    throw badZip(file, `bytes ${start} to ${start + size} could not be read`);
  }
  return bytes;
}

function findDirectory(archive: Archive): { start: number; size: number; count: number } {
  // The end record has 22 bytes, followed by a comment of at most 65,535.
  const tailStart = Math.max(0, archive.length - 65_557);
  const tail = readAt(archive, tailStart, archive.length - tailStart);
  const at = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (at < 0 || at + 22 > tail.length) {
    throw badZip(
      archive.file,
      'its central directory is missing: the file is truncated or of another type',
    );
  }
  const count = tail.readUInt16LE(at + 10);
  const size = tail.readUInt32LE(at + 12);
  const start = tail.readUInt32LE(at + 16);
  if (count < 0xffff && size < 0xffffffff && start < 0xffffffff) return { start, size, count };

  const locator = readAt(archive, tailStart + at - 20, 20);
  if (locator.readUInt32LE(0) !== 0x07064b50)
    throw badZip(archive.file, 'its zip64 locator is missing');
  const record = readAt(archive, Number(locator.readBigUInt64LE(8)), 56);
  if (record.readUInt32LE(0) !== 0x06064b50)
    throw badZip(archive.file, 'its zip64 record is missing');
  return {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    start: Number(record.readBigUInt64LE(48)),
  };
}

function readEntries(archive: Archive, directory: Buffer, count: number): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) {
      throw badZip(archive.file, `entry ${i + 1} of ${count} in its directory is damaged`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const extraStart = at + 46 + nameLength;
    const name = directory.toString('utf8', at + 46, extraStart);
    if (directory.readUInt16LE(at + 8) & 1) {
      throw badZip(archive.file, `'${name}' is encrypted`);
    }
    const extra = directory.subarray(extraStart, extraStart + extraLength);
    const sizes = sizesOf(directory.subarray(at, at + 46), extra);
    const method = directory.readUInt16LE(at + 10);
    const sum = directory.readUInt32LE(at + 16);
    entries.set(name, { name, method, crc32: sum, ...locate(archive, name, sizes) });
    at = extraStart + extraLength + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Sizes and offset of a directory entry; those that do not fit 32 bits are in the zip64 field. */
function sizesOf(record: Buffer, extra: Buffer) {
  const wide: number[] = [];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    for (let field = at + 4; field + 8 <= end; field += 8) {
      wide.push(Number(extra.readBigUInt64LE(field)));
    }
  }
  const orWide = (value: number) => (value === 0xffffffff ? (wide.shift() ?? value) : value);
  const size = orWide(record.readUInt32LE(24));
  const compressedSize = orWide(record.readUInt32LE(20));
  return { size, compressedSize, header: orWide(record.readUInt32LE(42)) };
}

function locate(
  archive: Archive,
  name: string,
  { size, compressedSize, header }: ReturnType<typeof sizesOf>,
) {
  const local = readAt(archive, header, 30);
  if (local.readUInt32LE(0) !== 0x04034b50) {
    throw badZip(archive.file, `'${name}' does not begin at byte ${header}, as its directory says`);
  }
  const offset = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (offset + compressedSize > archive.length) {
    throw badZip(archive.file, `'${name}' extends past the end of the file`);
  }
  return { offset, size, compressedSize };
}

/**
 * Passes the inflated bytes of one entry to `take`, chunk by chunk, and checks their number and
 * checksum. Stops as soon as there are more bytes than declared.
 *
 * @throws GradbookError `bad-zip`, or an error of `take`
 */
export async function readZipEntry(
  file: string,
  entry: ZipEntry,
  take: (chunk: Buffer) => void,
): Promise<void> {
  if (entry.method !== 0 && entry.method !== 8) {
    throw badZip(
      file,
      `'${entry.name}' is compressed by method ${entry.method}; only stored and deflated entries are read, as NumPy writes them`,
    );
  }
  let size = 0;
  let sum = 0;
  // The pipeline may fail with the source's abort error instead of the original one.
  let refusal: unknown;
  const consume = async (source: AsyncIterable<Buffer>) => {
    try {
      for await (const chunk of source) {
        size += chunk.length;
        if (size > entry.size) {
          throw badZip(file, `'${entry.name}' holds more than the ${entry.size} bytes it declares`);
        }
        sum = crc32(chunk, sum);
        take(chunk);
      }
    } catch (error) {
      refusal = error;
      throw error;
    }
  };
  const chunkSize = 2 ** 20;
  const source = fs.createReadStream(file, {
    start: entry.offset,
    end: entry.offset + Math.max(0, entry.compressedSize - 1),
    highWaterMark: chunkSize,
  });
  try {
    if (entry.method === 0) await pipeline(source, consume);
    else await pipeline(source, zlib.createInflateRaw({ chunkSize }), consume);
  } catch (error) {
    const cause = refusal ?? error;
    if (cause instanceof GradbookError) throw cause;
    throw badZip(file, `'${entry.name}' could not be read (${(cause as Error).message})`, cause);
  }
  if (size !== entry.size) {
    throw badZip(file, `'${entry.name}' has ${size} bytes and declares ${entry.size}`);
  }
  if (sum !== entry.crc32) throw badZip(file, `'${entry.name}' does not match its checksum`);
}
