import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import type { io } from '@tensorflow/tfjs';
import { assignByPlace, isByPlace, type ModelMetadata, type StoredModel } from '../exchange';
import { GradbookError, tf } from '../runtime';

// Earlier versions saved models as one file: a line of JSON, the weights, and in the second format
// a SHA-256 of all before it. Such files can still be read, but are no longer written.

interface StoredTopology {
  format: 'gradbook-model-1' | 'gradbook-model-2';
  topology: unknown;
  weights: io.WeightsManifestEntry[];
  /** Bytes of the weights that follow the line. */
  weightBytes: number;
  metadata: ModelMetadata;
}

/**
 * Loads a model from one file.
 *
 * @throws GradbookError `bad-file` when it is damaged
 */
export async function loadModelFile(file: string): Promise<StoredModel> {
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

/** The metadata of a model in one file. */
export function fileMetadata(file: string): ModelMetadata {
  return readStored(file).header.metadata;
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
    throw damaged(file, 'is not a complete model file');
  }
  if (hashed && !sha256(bytes.subarray(0, end)).equals(bytes.subarray(end))) {
    throw damaged(file, 'is damaged: its SHA-256 differs from the saved one');
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
