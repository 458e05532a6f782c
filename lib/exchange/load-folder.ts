import * as fs from 'node:fs';
import * as path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';
import { freezeNetworks } from './frozen-networks';
import { assignByPlace, isByPlace } from './repeated-names';
import { type FolderJson, type ModelMetadata, sha256 } from './save-folder';

/** A loaded model and its metadata. */
export interface StoredModel {
  /** The network with its weights; its tensors belong to the caller. */
  model: LayersModel;
  metadata: ModelMetadata;
  /** State of `random()` when it was saved, for `random().setState`; undefined where none was kept. */
  randomState?: number;
}

/**
 * Loads the folder of a tfjs layers model: `model.json` and the weights it names, as `saveModel`,
 * `ModelCheckpoint` and `model.save('file://…')` write them. SHA-256 sums are checked where the
 * folder has them.
 *
 * @returns the network, whose tensors belong to the caller, and the metadata that was saved with it
 * @throws GradbookError `bad-file` when a file is missing, damaged, or of another kind
 */
export async function loadModelFolder(folder: string): Promise<StoredModel> {
  const { json, weightSpecs, weightData } = readFolder(folder);
  const byPlace = isByPlace(weightSpecs);
  const model = await tf.loadLayersModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      ...(byPlace ? {} : { weightSpecs, weightData }),
    }),
  });
  if (byPlace) assignByPlace(model, weightSpecs, weightData);
  freezeNetworks(model, json.gradbook?.frozen ?? []);
  const randomState = json.gradbook?.randomState;
  return {
    model,
    metadata: metadataOf(json),
    ...(randomState === undefined ? {} : { randomState }),
  };
}

/**
 * The metadata in a folder's `model.json`, without the weights being read.
 *
 * @throws GradbookError `bad-file` when `model.json` is damaged
 */
export function folderMetadata(folder: string): ModelMetadata {
  return metadataOf(readJson(path.join(folder, 'model.json')));
}

function metadataOf(json: FolderJson): ModelMetadata {
  return (json.userDefinedMetadata ?? {}) as ModelMetadata;
}

interface FolderContent {
  json: FolderJson;
  weightSpecs: io.WeightsManifestEntry[];
  weightData: ArrayBuffer;
}

function readFolder(folder: string): FolderContent {
  const file = path.join(folder, 'model.json');
  for (let attempt = 1; ; attempt++) {
    const before = fs.readFileSync(file, 'utf8');
    try {
      return readFolderOnce(folder, file);
    } catch (error) {
      // Another process replaced the model between the two reads: read the new one.
      if (attempt === 5 || fs.readFileSync(file, 'utf8') === before) throw error;
    }
  }
}

function readFolderOnce(folder: string, file: string): FolderContent {
  const json = readJson(file);
  if (json.format !== undefined && json.format !== 'layers-model') {
    throw new GradbookError(
      `${file} is a tfjs ${json.format}: only layers models can be loaded`,
      'bad-file',
    );
  }
  const manifest = json.weightsManifest ?? [];
  const weightSpecs = manifest.flatMap((group) => group.weights);
  const weightData = joined(
    manifest.flatMap((group) => group.paths).map((name) => readWeights(folder, name)),
  );
  const expected = byteLength(weightSpecs);
  if (expected !== undefined && expected !== weightData.byteLength) {
    throw new GradbookError(
      `the weights of ${file} have ${weightData.byteLength} bytes, its list of weights needs ${expected}: save the model again`,
      'bad-file',
    );
  }
  if (json.gradbook && sha256(new Uint8Array(weightData)) !== json.gradbook.weights) {
    throw new GradbookError(
      `the weights of ${file} are damaged: their SHA-256 differs from the saved one. Save the model again`,
      'bad-file',
    );
  }
  return { json, weightSpecs, weightData };
}

/** Whether `model.json` has the SHA-256 it was saved with, or none. */
function isWhole(json: FolderJson): boolean {
  if (!json.gradbook) return true;
  const { sha256: expected, ...record } = json.gradbook;
  return sha256(JSON.stringify({ ...json, gradbook: record })) === expected;
}

function readJson(file: string): FolderJson {
  let json: Partial<FolderJson> | null;
  try {
    json = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<FolderJson> | null;
  } catch (error) {
    throw new GradbookError(
      `${file} is damaged: it is not JSON. Save the model again`,
      'bad-file',
      {
        cause: error,
      },
    );
  }
  const manifest = json?.weightsManifest;
  const whole =
    typeof json?.modelTopology === 'object' &&
    (manifest === undefined ||
      (Array.isArray(manifest) &&
        manifest.every((group) => Array.isArray(group?.paths) && Array.isArray(group.weights))));
  if (!whole) {
    throw new GradbookError(
      `${file} is not a tfjs model: it needs modelTopology and weightsManifest`,
      'bad-file',
    );
  }
  if (!isWhole(json as FolderJson)) {
    throw new GradbookError(
      `${file} is damaged: its SHA-256 differs from the saved one. Save the model again`,
      'bad-file',
    );
  }
  return json as FolderJson;
}

function readWeights(folder: string, name: string): Buffer {
  const file = path.join(folder, name);
  if (!fs.existsSync(file)) {
    throw new GradbookError(
      `${file} is missing: model.json names it. Save the model again`,
      'bad-file',
    );
  }
  const bytes = fs.readFileSync(file);
  const digest = /^weights-([0-9a-f]{16})\.bin$/.exec(name)?.[1];
  if (digest && !sha256(bytes).startsWith(digest)) {
    throw new GradbookError(
      `${file} is damaged: its SHA-256 does not begin with ${digest}. Save the model again`,
      'bad-file',
    );
  }
  return bytes;
}

function joined(parts: Buffer[]): ArrayBuffer {
  const all = Buffer.concat(parts);
  return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength) as ArrayBuffer;
}

/** Number of bytes of the weights; undefined for strings, whose length is only in the data. */
function byteLength(specs: readonly io.WeightsManifestEntry[]): number | undefined {
  const sizes: Record<string, number> = {
    float32: 4,
    int32: 4,
    bool: 1,
    complex64: 8,
    float16: 2,
    uint8: 1,
    uint16: 2,
  };
  let bytes = 0;
  for (const { dtype, shape, quantization } of specs) {
    const size = sizes[quantization?.dtype ?? dtype];
    if (size === undefined) return undefined;
    bytes += shape.reduce((product, length) => product * length, size);
  }
  return bytes;
}
