import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Rows } from '../../data/types';
import { environment, writeFileAtomic } from '../../runtime';

/** Bytes before the numbers of a feature file: a line of JSON, padded with spaces. */
const headerBytes = 1024;

/**
 * A key for what a network says of some rows: it changes when a layer, a weight, a row or the rows'
 * scale changes.
 */
export function featureKey(network: LayersModel, rows: Rows): string {
  const hash = crypto.createHash('sha256');
  for (const layer of network.layers) {
    // The section's input is named after where it was cut; the numbers do not depend on it.
    if (layer.getClassName() === 'InputLayer') continue;
    hash.update(JSON.stringify([layer.getClassName(), layer.getConfig()]));
  }
  hash.update(JSON.stringify(network.inputs[0]!.shape));
  for (const weight of network.getWeights()) hash.update(bytesOf(weight.dataSync()));
  hash.update(JSON.stringify([rows.shape, rows.scale ?? 1, rows.offset ?? 0]));
  hash.update(bytesOf(rows.values));
  return hash.digest('hex').slice(0, 32);
}

/** The numbers kept under a key; undefined where there are none of this shape. */
export function readFeatures(key: string, shape: readonly number[]): Float32Array | undefined {
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
  const header = Buffer.from(bytes.buffer, 0, Math.min(headerBytes, bytes.length)).toString();
  const expected = shape.reduce((product, side) => product * side, 1);
  if (header.trim() !== headerText(shape)) return undefined;
  if (bytes.length !== headerBytes + 4 * expected) return undefined;
  return new Float32Array(bytes.buffer, headerBytes);
}

/** Keeps numbers under a key. */
export function writeFeatures(key: string, shape: readonly number[], values: Float32Array): void {
  const bytes = Buffer.alloc(headerBytes + values.byteLength, ' ');
  bytes.write(headerText(shape));
  bytes.set(bytesOf(values), headerBytes);
  writeFileAtomic(featureFile(key), bytes);
}

function featureFile(key: string): string {
  return path.join(environment().cacheDir, 'features', `${key}.f32`);
}

function headerText(shape: readonly number[]): string {
  return JSON.stringify({ format: 'gradbook-features-1', shape });
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
