import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { GradbookError, writeFileAtomic } from '../runtime';
import type { CallbackState } from './callbacks/callback';
import type { Numbers } from './weights';

// A file of plain values and typed arrays: the magic string below, the length of the JSON part as
// uint32, the JSON part, the arrays' bytes, and the SHA-256 of all that. In the JSON, an array is
// written as { "$array": [type, offset, length] } and NaN and infinities as { "$number":
// "NaN" }.
const word = Buffer.from('gradbook-state-1\n');
const hashLength = 32;

const arrayTypes = { Float32Array, Int32Array, Uint8Array };

/** Writes plain values and typed arrays to one file, atomically. */
export function writeState(file: string, state: CallbackState): void {
  const arrays: Uint8Array[] = [];
  let offset = 0;
  const json = JSON.stringify(state, (_, value: unknown) => {
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return { $number: Object.is(value, -0) ? '-0' : String(value) };
    }
    if (!ArrayBuffer.isView(value)) return value;
    const array = value as Numbers;
    const place = [array.constructor.name, offset, array.length];
    arrays.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    offset += array.byteLength;
    return { $array: place };
  });
  const header = Buffer.from(json);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const content = Buffer.concat([word, length, header, ...arrays]);
  const hash = crypto.createHash('sha256').update(content).digest();
  writeFileAtomic(file, Buffer.concat([content, hash]));
}

/**
 * Reads what `writeState` wrote.
 *
 * @returns undefined when there is no such file
 * @throws GradbookError `bad-state` when the file is damaged or of another type
 */
export function readState(file: string): CallbackState | undefined {
  if (!fs.existsSync(file)) return undefined;
  const all = fs.readFileSync(file);
  const content = all.subarray(0, Math.max(0, all.length - hashLength));
  const hash = crypto.createHash('sha256').update(content).digest();
  const start = word.length + 4;
  const whole =
    all.length >= start + hashLength &&
    content.subarray(0, word.length).equals(word) &&
    hash.equals(all.subarray(content.length));
  if (!whole) {
    throw new GradbookError(
      `${file} is damaged or not the state of a training: delete it to start again`,
      'bad-state',
    );
  }
  const arraysStart = start + content.readUInt32LE(word.length);
  const json = content.subarray(start, arraysStart).toString();
  return JSON.parse(json, (_, value: { $array?: unknown[]; $number?: string }) => {
    if (value?.$number !== undefined) return Number(value.$number);
    if (value?.$array === undefined) return value;
    const [type, offset, length] = value.$array as [keyof typeof arrayTypes, number, number];
    const from = content.byteOffset + arraysStart + offset;
    const ArrayType = arrayTypes[type];
    // Copied, since a typed array must be aligned to its item size.
    const bytes = content.buffer.slice(from, from + length * ArrayType.BYTES_PER_ELEMENT);
    return new ArrayType(bytes as ArrayBuffer);
  }) as CallbackState;
}
