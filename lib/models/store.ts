import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { environment, GradbookError, inWorkspace, root, tf, writeFileAtomic } from '../runtime';
import { loadModelFolder } from './load-folder';
import { assignByPlace, isByPlace, uniqueNames } from './repeated-names';

/** What is worth knowing about a saved network, such as `{ profile, seed, accuracy }`. */
export type ModelMetadata = Record<string, string | number | boolean>;

export interface StoredModel {
  /** The network with its weights; its tensors belong to the caller. */
  model: LayersModel;
  metadata: ModelMetadata;
}

/** The first line of the file. The second form ends in the SHA-256 of all before it. */
interface StoredTopology {
  format: 'gradbook-model-1' | 'gradbook-model-2';
  topology: unknown;
  weights: io.WeightsManifestEntry[];
  /** Bytes of the weights that follow the line. */
  weightBytes: number;
  metadata: ModelMetadata;
}

/** Where `saveModel(name)` writes. */
export function modelFile(name: string): string {
  if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new GradbookError(
      `model name '${name}': use letters, digits, dot, dash and underscore`,
      'bad-option',
    );
  }
  return path.join(environment().modelsDir, `${name}.model`);
}

/**
 * Saves a network, its weights and what is known about it under the cache folder, in one file that
 * is replaced as a whole: a reader never meets new weights under an old description. Nested networks
 * whose weights have equal names are saved as well.
 *
 * @returns the file's path, from the workspace
 * @throws GradbookError `bad-option` for the name; `bad-model` when weights have equal names and
 *   nested networks share a layer
 */
export async function saveModel(
  name: string,
  model: LayersModel,
  metadata: ModelMetadata = {},
): Promise<string> {
  const file = modelFile(name);
  const names = uniqueNames(model);
  let artifacts: io.ModelArtifacts | undefined;
  await model.save({
    save: async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
  const weights = tf.io.concatenateArrayBuffers([artifacts!.weightData!].flat());
  const header: StoredTopology = {
    format: 'gradbook-model-2',
    topology: artifacts!.modelTopology,
    weights: artifacts!.weightSpecs!.map((spec, i) => ({ ...spec, name: names[i]! })),
    weightBytes: weights.byteLength,
    metadata,
  };
  const text = Buffer.from(`${JSON.stringify(header)}\n`);
  const content = Buffer.concat([text, Buffer.from(weights)]);
  writeFileAtomic(file, Buffer.concat([content, sha256(content)]));
  return path.relative(root, file);
}

/** What `saveModel` was told about a network, without loading it; undefined when there is none. */
export function modelMetadata(name: string): ModelMetadata | undefined {
  const file = modelFile(name);
  return fs.existsSync(file) ? readStored(file).header.metadata : undefined;
}

/**
 * Loads a network that `saveModel` saved, or a tfjs folder as `ModelCheckpoint` writes it.
 *
 * @param name the name given to `saveModel`, or the path of a folder with a `model.json`, from the
 *   workspace; a saved model comes before a folder of the same name
 * @throws GradbookError `missing-file` when there is neither, `bad-file` when it is damaged
 */
export async function loadModel(name: string): Promise<StoredModel> {
  const folder = inWorkspace(name.replace(/[\\/]model\.json$/, ''));
  const isPath = /[\\/]/.test(name);
  const file = isPath ? undefined : modelFile(name);
  if (!file || !fs.existsSync(file)) {
    if (fs.existsSync(path.join(folder, 'model.json'))) return loadModelFolder(folder);
    throw new GradbookError(
      file
        ? `no model '${name}' at ${file}: run the notebook that trains and saves it first`
        : `no model.json in ${folder}: give the name of a saved model or the folder of one`,
      'missing-file',
    );
  }
  const { header, weightData } = readStored(file);
  const byPlace = isByPlace(header.weights);
  const model = await tf.loadLayersModel({
    load: async () => ({
      modelTopology: header.topology as io.ModelArtifacts['modelTopology'],
      ...(byPlace ? {} : { weightSpecs: header.weights, weightData }),
    }),
  });
  if (byPlace) assignByPlace(model, header.weights, weightData);
  return { model, metadata: header.metadata };
}

function readStored(file: string): { header: StoredTopology; weightData: ArrayBuffer } {
  const bytes = fs.readFileSync(file);
  const start = bytes.indexOf(10) + 1;
  let header: StoredTopology | null = null;
  try {
    header = JSON.parse(bytes.toString('utf8', 0, start)) as StoredTopology | null;
  } catch {
    // Refused below.
  }
  const hashed = header?.format === 'gradbook-model-2';
  const end = bytes.length - (hashed ? hashLength : 0);
  if (!(hashed || header?.format === 'gradbook-model-1') || header?.weightBytes !== end - start) {
    throw damaged(file, 'is not a whole model file');
  }
  if (hashed && !sha256(bytes.subarray(0, end)).equals(bytes.subarray(end))) {
    throw damaged(file, 'is damaged: its SHA-256 is not the one it was saved with');
  }
  const weightData = bytes.buffer.slice(
    bytes.byteOffset + start,
    bytes.byteOffset + end,
  ) as ArrayBuffer;
  return { header, weightData };
}

const hashLength = 32;

function sha256(bytes: Uint8Array): Buffer {
  return crypto.createHash('sha256').update(bytes).digest();
}

function damaged(file: string, what: string): GradbookError {
  return new GradbookError(
    `${file} ${what}: delete it and run the notebook that saves it again`,
    'bad-file',
  );
}
