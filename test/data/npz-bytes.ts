import * as zlib from 'node:zlib';
import { crc32 } from '../../lib/data/crc32';
import { npyHeader } from '../../lib/data/npy';

/** A file for `zipBytes`; missing fields have their correct values. */
export interface Member {
  name: string;
  content: Buffer;
  /** 0 stored, 8 deflated. Default 8. */
  method?: number;
  /** Wrong values for the directory. */
  declared?: { size?: number; compressedSize?: number; crc32?: number; flags?: number };
}

/** A `.npy` file of float32 values. */
export function npyFloats(shape: number[], values: ArrayLike<number>): Buffer {
  return npyFile('<f4', shape, Buffer.from(Float32Array.from(values).buffer));
}

/** A `.npy` file of raw values. */
export function npyFile(dtype: string, shape: number[], raw: Buffer): Buffer {
  return Buffer.concat([npyHeader(dtype, shape), raw]);
}

/** A zip archive, valid or not, with 32-bit fields or with all zip64 fields. */
export function zipBytes(members: Member[], { zip64 = false } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, method = 8, declared = {} } of members) {
    const data = method === 8 ? zlib.deflateRawSync(content) : content;
    const size = declared.size ?? content.length;
    const compressedSize = declared.compressedSize ?? data.length;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(45, 0);
    fields.writeUInt16LE(declared.flags ?? 0, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(declared.crc32 ?? crc32(content), 10);
    fields.writeUInt32LE(zip64 ? 0xffffffff : compressedSize, 14);
    fields.writeUInt32LE(zip64 ? 0xffffffff : size, 18);
    fields.writeUInt16LE(name.length, 22);
    const extra = zip64 ? zip64Field([size, compressedSize, offset]) : Buffer.alloc(0);
    const localExtra = Buffer.from([0x99, 0x99, 3, 0, 1, 2, 3]); // an unknown field
    fields.writeUInt16LE(localExtra.length, 24);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04'),
      fields,
      Buffer.from(name),
      localExtra,
      data,
    ]);
    fields.writeUInt16LE(extra.length, 24);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(zip64 ? 0xffffffff : offset, 10);
    const entry = [Buffer.from('PK\x01\x02\x2d\x00'), fields, rest, Buffer.from(name), extra];
    directory.push(Buffer.concat(entry));
    parts.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const wide = zip64 ? zip64Records(members.length, size, offset) : [];
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(zip64 ? 0xffff : members.length, 8);
  end.writeUInt16LE(zip64 ? 0xffff : members.length, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  return Buffer.concat([...parts, ...directory, ...wide, end]);
}

function zip64Field(values: number[]): Buffer {
  const field = Buffer.alloc(4 + values.length * 8);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, at) => {
    field.writeBigUInt64LE(BigInt(value), 4 + at * 8);
  });
  return field;
}

function zip64Records(count: number, size: number, offset: number): Buffer[] {
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator];
}
