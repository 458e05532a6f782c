import * as zlib from 'node:zlib';

/** Pixels with 1 (grey), 3 (RGB) or 4 (RGBA) bytes each, row after row. */
export interface Pixels {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  bytes: Uint8Array;
}

const colorTypes = { 1: 0, 3: 2, 4: 6 };

/**
 * A PNG file (ISO/IEC 15948) of the pixels. Synchronous, so that a cell's last value can be shown
 * at once; grids and anything larger go through sharp in `plots`.
 */
export function encodePng({ width, height, channels, bytes }: Pixels): Buffer {
  const stride = width * channels;
  const scanlines = Buffer.alloc(height * (stride + 1)); // one filter byte a row, 0: none
  for (let y = 0; y < height; y++) {
    scanlines.set(bytes.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorTypes[channels], 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', zlib.deflateSync(scanlines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Width and height from the header of a PNG file; undefined for other bytes. */
export function pngSize(png: Uint8Array): { width: number; height: number } | undefined {
  const signature = [0x89, 0x50, 0x4e, 0x47];
  if (png.byteLength < 24 || signature.some((byte, i) => png[i] !== byte)) return undefined;
  const header = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: header.getUint32(16), height: header.getUint32(20) };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** The checksum of PNG chunks. `zlib.crc32` exists only from Node 22 on. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
