import { GradbookError } from '../runtime';
import { type ArrayKind, type Decoder, decoderOf } from './decode';
import { type NpyHeader, parseNpyHeader } from './npy';
import { readZipEntry, type ZipEntry } from './zip-read';

/** An array of an `.npz` file, as bytes in C order. */
export interface ByteArray {
  /** NumPy's dtype code in the file, such as `f4`. */
  dtype: string;
  shape: number[];
  values: Uint8Array;
}

/** What `readByteArray` reads and allows. */
export interface ReadOptions {
  kind: ArrayKind;
  /** Most bytes that the array may take when inflated. */
  maxBytes: number;
  /** Throws where the shape does not fit. Called before anything big is inflated or allocated. */
  checkShape: (shape: number[]) => void;
  /** Called with the number of bytes inflated so far. */
  onBytes?: (bytes: number) => void;
}

/**
 * Reads images or masks from an `.npz` file. The values are decoded as they are inflated, so that
 * memory holds one byte per value and one chunk, for any dtype.
 *
 * @throws GradbookError `too-big`, `bad-zip`, `bad-npy`, `bad-dtype`, `bad-values`, or what
 *   `checkShape` throws
 */
export async function readByteArray(
  file: string,
  entry: ZipEntry,
  { kind, maxBytes, checkShape, onBytes }: ReadOptions,
): Promise<ByteArray> {
  if (entry.size > maxBytes) {
    throw new GradbookError(
      `${kind} in ${file} would take ${entry.size} bytes; at most ${maxBytes} are read. Give a larger maxBytes if the file is meant to be that big.`,
      'too-big',
    );
  }
  const reader = new ArrayReader(`${kind} in ${file}`, kind, entry.size, checkShape);
  let bytes = 0;
  await readZipEntry(file, entry, (chunk) => {
    reader.take(chunk);
    bytes += chunk.length;
    onBytes?.(bytes);
  });
  return reader.finish();
}

class ArrayReader {
  private header: NpyHeader | undefined;
  private decode: Decoder | undefined;
  private values = new Uint8Array(0);
  private filled = 0;
  /** Bytes that are not decoded yet: the header's beginning, or a part of a value. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly what: string,
    private readonly kind: ArrayKind,
    private readonly size: number,
    private readonly checkShape: (shape: number[]) => void,
  ) {}

  take(chunk: Buffer): void {
    // Copied: aligned for the typed arrays, and byte-swapped in place.
    const bytes = Buffer.from(new ArrayBuffer(this.rest.length + chunk.length));
    this.rest.copy(bytes);
    chunk.copy(bytes, this.rest.length);
    if (this.decode) this.decodeWhole(bytes);
    else this.begin(bytes);
  }

  finish(): ByteArray {
    const header = this.header;
    if (!header) throw new GradbookError(`${this.what} ends within its header`, 'bad-npy');
    const values = header.fortranOrder ? toRowMajor(this.values, header.shape) : this.values;
    return { dtype: header.dtype, shape: header.shape, values };
  }

  private begin(bytes: Buffer): void {
    const header = parseNpyHeader(bytes, this.what);
    if (!header) {
      this.rest = bytes;
      return;
    }
    this.checkShape(header.shape);
    const count = header.shape.reduce((product, length) => product * length, 1);
    const expected = header.length + count * header.itemSize;
    if (expected !== this.size) {
      throw new GradbookError(
        `${this.what} has ${this.size} bytes where ${expected} belong to its shape (${header.shape.join(', ')})`,
        'bad-npy',
      );
    }
    this.header = header;
    this.decode = decoderOf(this.kind, header);
    this.values = new Uint8Array(count);
    this.rest = Buffer.alloc(0);
    this.take(bytes.subarray(header.length));
  }

  private decodeWhole(bytes: Buffer): void {
    const whole = bytes.length - (bytes.length % this.header!.itemSize);
    this.rest = bytes.subarray(whole);
    this.decode!(bytes.subarray(0, whole), this.values, this.filled);
    this.filled += whole / this.header!.itemSize;
  }
}

/** From Fortran order to C order. */
function toRowMajor(values: Uint8Array, shape: readonly number[]): Uint8Array {
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, length) => product * length, 1),
  );
  const ordered = new Uint8Array(values.length);
  const place = shape.map(() => 0);
  let target = 0;
  for (const value of values) {
    ordered[target] = value;
    for (let axis = 0; axis < shape.length; axis++) {
      place[axis]!++;
      target += strides[axis]!;
      if (place[axis]! < shape[axis]!) break;
      target -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return ordered;
}
