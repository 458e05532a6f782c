import * as fs from 'node:fs';
import * as path from 'node:path';

/** A number of a fixture; NaN and infinities are strings there. */
export type Plain = number | string;

/** A tensor of a fixture. */
export interface PlainTensor {
  shape: number[];
  values: Plain[];
}

export function number(value: Plain): number {
  return Number(typeof value === 'string' ? value.replace('inf', 'Infinity') : value);
}

export function floats({ shape, values }: PlainTensor): { shape: number[]; values: Float32Array } {
  return { shape, values: Float32Array.from(values, number) };
}

/** Reads a fixture of this folder. */
export function readFixture<T>(name: string): T {
  return JSON.parse(fs.readFileSync(path.join(__dirname, 'fixtures', name), 'utf8')) as T;
}

/** Whether two numbers agree to a number of decimals; NaN equals NaN. */
export function close(found: number, expected: number, tolerance: number): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(found);
  return Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected));
}
