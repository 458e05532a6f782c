import { GradbookError } from '../runtime';
import { fromHalf } from './half';
import type { NpyHeader } from './npy';

/** `images`: 0 to 1 becomes 0 to 255. `masks`: threshold at 0.5, 0 or 1. */
export type ArrayKind = 'images' | 'masks';

/**
 * Turns the raw values of a NumPy array into bytes.
 *
 * @param bytes whole values, aligned at their size; swapped in place where they are big-endian
 * @param target where the bytes go, from `start` on
 */
export type Decoder = (bytes: Buffer, target: Uint8Array, start: number) => void;

const allowed: Record<ArrayKind, string> = {
  images: 'float16, float32 or float64 from 0 to 1, or uint8 from 0 to 255',
  masks: 'bool, uint8, float16, float32 or float64',
};

/**
 * The decoder of an array's dtype.
 *
 * @throws GradbookError `bad-dtype`; the decoder throws `bad-values` for NaN and values outside 0
 *   to 1
 */
export function decoderOf(kind: ArrayKind, header: NpyHeader): Decoder {
  const { dtype, littleEndian } = header;
  const fail = (value: number, index: number): never => {
    const place = placeOf(index, header);
    throw new GradbookError(
      `${kind}[${place.join(', ')}] is ${value}: ${kind} must lie from 0 to 1`,
      'bad-values',
    );
  };
  if (dtype === 'u1' && kind === 'images')
    return (bytes, target, start) => target.set(bytes, start);
  if (dtype === 'u1' || (dtype === 'b1' && kind === 'masks')) {
    return (bytes, target, start) => {
      for (let i = 0; i < bytes.length; i++) target[start + i] = bytes[i] === 0 ? 0 : 1;
    };
  }
  if (dtype === 'f2' || dtype === 'f4' || dtype === 'f8') {
    return (bytes, target, start) => {
      const floats = floatsOf(bytes, dtype, littleEndian);
      // An image's value is rounded to the nearest byte; a mask's value above one half becomes 1.
      const isImage = kind === 'images';
      for (let i = 0; i < floats.length; i++) {
        const value = floats[i]!;
        if (!(value >= 0 && value <= 1)) fail(value, start + i);
        target[start + i] = isImage ? value * 255 + 0.5 : value > 0.5 ? 1 : 0;
      }
    };
  }
  throw new GradbookError(
    `${kind} have NumPy's dtype '${dtype}': give ${allowed[kind]}`,
    'bad-dtype',
  );
}

function floatsOf(
  bytes: Buffer,
  dtype: 'f2' | 'f4' | 'f8',
  littleEndian: boolean,
): Float32Array | Float64Array {
  const { buffer, byteOffset, length } = bytes;
  if (dtype === 'f8') {
    if (!littleEndian) bytes.swap64();
    return new Float64Array(buffer, byteOffset, length / 8);
  }
  if (dtype === 'f4') {
    if (!littleEndian) bytes.swap32();
    return new Float32Array(buffer, byteOffset, length / 4);
  }
  if (!littleEndian) bytes.swap16();
  const values = halfTable();
  const floats = new Float32Array(length / 2);
  const halves = new Uint16Array(buffer, byteOffset, length / 2);
  for (let i = 0; i < halves.length; i++) floats[i] = values[halves[i]!]!;
  return floats;
}

let table: Float32Array | undefined;

/** Every half-precision number by its 16 bits. */
function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => fromHalf(bits));
  return table;
}

function placeOf(index: number, { shape, fortranOrder }: NpyHeader): number[] {
  const place: number[] = [];
  let rest = index;
  for (const size of fortranOrder ? shape : [...shape].reverse()) {
    place.push(rest % size);
    rest = Math.floor(rest / size);
  }
  return fortranOrder ? place : place.reverse();
}
