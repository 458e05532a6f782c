import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Rows } from '../../data';
import type { ComputePrecision } from '../../ops';
import { environment, writeFileAtomic } from '../../runtime';

/** Size of a feature file's header in bytes: a line of JSON, padded with spaces. */
const headerBytes = 1024;
const format = 'gradbook-features-1';

interface Header {
  format: string;
  shape: readonly number[];
  seconds: number;
}

/**
 * A cache key of a network's outputs for some rows: it changes with any layer, weight, row, the
 * rows' scale, or the precision.
 */
export function featureKey(
  network: LayersModel,
  rows: Rows,
  precision: ComputePrecision = 'float32',
): string {
  const hash = crypto.createHash('sha256');
  for (const layer of network.layers) {
    // The name of the submodel's input depends on where it was split, but not its outputs.
    if (layer.getClassName() === 'InputLayer') continue;
    hash.update(JSON.stringify([layer.getClassName(), layer.getConfig()]));
  }
  hash.update(JSON.stringify(network.inputs[0]!.shape));
  for (const weight of network.getWeights()) update(hash, bytesOf(weight.dataSync()));
  hash.update(JSON.stringify([rows.shape, rows.scale ?? 1, rows.offset ?? 0]));
  if ('read' in rows) hash.update(rows.key);
  else update(hash, bytesOf(rows.values));
  if (precision !== 'float32') hash.update(precision);
  return hash.digest('hex').slice(0, 32);
}

/** A hash update is limited to 2 GiB. */
function update(hash: crypto.Hash, bytes: Uint8Array): void {
  const most = 1 << 28;
  for (let at = 0; at < bytes.length; at += most) hash.update(bytes.subarray(at, at + most));
}

/** The values of a feature file, and the seconds it took to compute them. */
export interface KeptFeatures {
  values: Float32Array;
  seconds: number;
}

/** The values stored under a key; undefined where there are none of this shape. */
export function readFeatures(key: string, shape: readonly number[]): KeptFeatures | undefined {
  const file = featureFile(key);
  if (!fs.existsSync(file)) return undefined;
  const bytes = new Uint8Array(fs.statSync(file).size);
  const handle = fs.openSync(file, 'r');
  try {
    let at = 0;
    while (at < bytes.length) {
      const read = fs.readSync(handle, bytes, at, Math.min(bytes.length - at, 1 << 28), at);
      if (read === 0) return undefined;
      at += read;
    }
  } finally {
    fs.closeSync(handle);
  }
  const header = parseHeader(Buffer.from(bytes.buffer, 0, Math.min(headerBytes, bytes.length)));
  const expected = shape.reduce((product, side) => product * side, 1);
  if (header?.format !== format || header.shape.join() !== shape.join()) return undefined;
  if (typeof header.seconds !== 'number') return undefined;
  if (bytes.length !== headerBytes + 4 * expected) return undefined;
  return { values: new Float32Array(bytes.buffer, headerBytes), seconds: header.seconds };
}

/** Stores values under a key. */
export function writeFeatures(
  key: string,
  shape: readonly number[],
  { values, seconds }: KeptFeatures,
): void {
  const header: Header = { format, shape, seconds };
  const head = Buffer.alloc(headerBytes, ' ');
  head.write(JSON.stringify(header));
  writeFileAtomic(featureFile(key), [head, bytesOf(values)]);
}

function featureFile(key: string): string {
  return path.join(environment().cacheDir, 'features', `${key}.f32`);
}

function parseHeader(bytes: Buffer): Header | undefined {
  try {
    return JSON.parse(bytes.toString()) as Header;
  } catch {
    return undefined;
  }
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
