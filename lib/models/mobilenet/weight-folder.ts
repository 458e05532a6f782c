import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import { GradbookError, tf, writeFileAtomic } from '../../runtime';
import { addWeight, type WeightGroups, type WeightMap } from './weight-map';

interface ModelJson {
  weightsManifest?: { paths: string[]; weights: io.WeightsManifestEntry[] }[];
  /** Source of the weights; only in folders that this workspace wrote. */
  source?: string;
  /** SHA-256 of the weights' bytes; only in folders that this workspace wrote. */
  sha256?: string;
}

/**
 * Writes arrays as a tfjs model folder without a topology: first `weights.bin`, then `model.json`
 * with its hash, so that a folder with a `model.json` is complete.
 *
 * @param source written to `model.json` for `isFresh`
 */
export function writeWeightFolder(folder: string, weights: WeightMap, source: string): void {
  const entries: io.WeightsManifestEntry[] = [];
  const parts: Buffer[] = [];
  for (const [name, { shape, values }] of weights) {
    entries.push({ name, shape: [...shape], dtype: 'float32' });
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  const bytes = Buffer.concat(parts);
  const json: ModelJson = {
    weightsManifest: [{ paths: ['weights.bin'], weights: entries }],
    source,
    sha256: sha256(bytes),
  };
  writeFileAtomic(path.join(folder, 'weights.bin'), bytes);
  writeFileAtomic(path.join(folder, 'model.json'), `${JSON.stringify(json)}\n`);
}

/** Whether the folder holds exactly what `writeWeightFolder` wrote from this source. */
export function isWeightFolderOf(folder: string, source: string): boolean {
  try {
    const json = JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8')) as ModelJson;
    const bytes = fs.readFileSync(path.join(folder, 'weights.bin'));
    return json.source === source && json.sha256 === sha256(bytes);
  } catch {
    return false;
  }
}

/**
 * Reads the arrays of a tfjs model folder: `model.json` and the files its manifest names, quantised
 * or not.
 *
 * @throws GradbookError `missing-file` or `bad-file`
 */
export function readWeightFolder(folder: string): WeightGroups {
  const file = path.join(folder, 'model.json');
  if (!fs.existsSync(file)) {
    throw new GradbookError(
      `${folder} holds no model.json: give the folder of a tfjs model`,
      'missing-file',
    );
  }
  let json: ModelJson;
  try {
    json = JSON.parse(fs.readFileSync(file, 'utf8')) as ModelJson;
  } catch (error) {
    throw new GradbookError(`${file} is not JSON`, 'bad-file', { cause: error });
  }
  if (!Array.isArray(json.weightsManifest)) {
    throw new GradbookError(`${file} has no weightsManifest: it is not a tfjs model`, 'bad-file');
  }
  const weights: WeightGroups = new Map();
  checkRepeated(folder, json.weightsManifest);
  for (const group of json.weightsManifest) {
    const bytes = Buffer.concat(group.paths.map((name) => readShard(folder, name)));
    if (json.sha256 && json.sha256 !== sha256(bytes)) {
      throw new GradbookError(
        `the weights in ${folder} are damaged: delete the folder and run \`npm run setup\``,
        'bad-file',
      );
    }
    readGroup(folder, bytes, group.weights, weights);
  }
  return weights;
}

function checkRepeated(folder: string, manifest: NonNullable<ModelJson['weightsManifest']>): void {
  const names = manifest.flatMap((group) => group.weights.map(({ name }) => name));
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated === undefined) return;
  throw new GradbookError(
    `the weights in ${folder} hold '${repeated}' more than once: save the wanted network alone`,
    'bad-weights',
  );
}

function readGroup(
  folder: string,
  bytes: Buffer,
  entries: io.WeightsManifestEntry[],
  weights: WeightGroups,
): void {
  const buffer = new Uint8Array(bytes).buffer;
  let tensors: ReturnType<typeof tf.io.decodeWeights>;
  try {
    tensors = tf.io.decodeWeights(buffer, entries);
  } catch (error) {
    throw new GradbookError(
      `the weights in ${folder} do not match their manifest: ${(error as Error).message}`,
      'bad-file',
      { cause: error },
    );
  }
  for (const [name, tensor] of Object.entries(tensors)) {
    const values = Float32Array.from(tensor.dataSync());
    addWeight(weights, name, { shape: tensor.shape, values });
    tensor.dispose();
  }
}

function readShard(folder: string, name: string): Buffer {
  const file = path.join(folder, name);
  if (!fs.existsSync(file)) {
    throw new GradbookError(`${file} is missing, but model.json names it`, 'missing-file');
  }
  return fs.readFileSync(file);
}

function sha256(bytes: Uint8Array): string {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}
