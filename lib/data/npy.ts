import { GradbookError } from '../runtime';

// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

/** The header of a `.npy` file. */
export interface NpyHeader {
  /** NumPy's letter and width, such as `f4`. */
  dtype: string;
  littleEndian: boolean;
  /** Bytes per value. */
  itemSize: number;
  /** Whether the array is in Fortran order. */
  fortranOrder: boolean;
  shape: number[];
  /** Bytes of the header, with magic and padding. */
  length: number;
}

/**
 * Reads a `.npy` header, versions 1 to 3.
 *
 * @param bytes the file's beginning
 * @param what the array's name, for the message
 * @returns undefined where `bytes` end before the header does
 * @throws GradbookError `bad-npy`
 */
export function parseNpyHeader(bytes: Buffer, what: string): NpyHeader | undefined {
  if (bytes.length < 12) return undefined;
  const version = bytes[6]!;
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY' || version < 1 || version > 3) {
    throw new GradbookError(`${what} is not a .npy array of NumPy's format 1, 2 or 3`, 'bad-npy');
  }
  const start = version === 1 ? 10 : 12;
  const length = start + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (length > 65_536) {
    throw new GradbookError(`${what} has a header of ${length} bytes; at most 65536`, 'bad-npy');
  }
  if (bytes.length < length) return undefined;

  const text = bytes.toString('latin1', start, length);
  const descr = /'descr':\s*'([<>|=])([a-zA-Z])(\d+)'/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text);
  if (!(descr && order && shape)) {
    throw new GradbookError(
      `${what} is not a plain array of numbers: its header is ${text.trim().slice(0, 200)}`,
      'bad-npy',
    );
  }
  return {
    dtype: `${descr[2]}${descr[3]}`,
    littleEndian: descr[1] !== '>',
    itemSize: Number(descr[3]),
    fortranOrder: order[1] === 'True',
    shape: shape[1]!
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
      .map(Number),
    length,
  };
}

/** The header of a C-ordered little-endian array, as NumPy writes it: padded to 64 bytes. */
export function npyHeader(dtype: string, shape: readonly number[]): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', length - 1, 'latin1');
  return header;
}
