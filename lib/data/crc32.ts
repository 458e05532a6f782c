import * as zlib from 'node:zlib';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as zip files use it; `start` is the checksum of the preceding bytes. */
export function crc32InScript(bytes: Uint8Array, start = 0): number {
  let value = ~start;
  for (let i = 0; i < bytes.length; i++) value = table[(value ^ bytes[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

/** The same at zlib's speed where Node has it (from 20.15 on). */
export const crc32: (bytes: Uint8Array, start?: number) => number = zlib.crc32 ?? crc32InScript;
