import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { unzipSync } from 'fflate';
import { GradbookError } from '../../runtime';
import type { Json } from './calls';
import { modelFromKeras } from './from-keras';
import { type H5Group, readHdf5, subgroup } from './hdf5';
import { disposeModel, type Part, partsOf } from './parts';
import { assignFromGroups, assignFromLayers } from './read-weights';

/**
 * Reads a `.keras` file of Keras 2 or 3.
 *
 * @throws GradbookError `bad-file`, `bad-weights`, `unsupported-layer`
 */
export async function readKerasFile(file: string): Promise<LayersModel> {
  let parts: Record<string, Uint8Array>;
  try {
    parts = unzipSync(fs.readFileSync(file));
  } catch (error) {
    throw new GradbookError(`${file} is not a zip archive, so not a .keras file`, 'bad-file', {
      cause: error,
    });
  }
  const config = parts['config.json'];
  const weights = parts['model.weights.h5'];
  if (!config || !weights) {
    throw new GradbookError(
      `${file} has no config.json or no model.weights.h5: it is not a .keras file`,
      'bad-file',
    );
  }
  const text = (bytes: Uint8Array | undefined) =>
    JSON.parse(Buffer.from(bytes ?? []).toString() || '{}') as Json;
  const version = String(text(parts['metadata.json'])['keras_version'] ?? '3');
  const { model, part } = modelFromKeras(text(config), isKeras3(version));
  return disposedOnError(model, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-keras-'));
    try {
      const h5 = path.join(folder, 'weights.h5');
      fs.writeFileSync(h5, weights);
      await readHdf5(h5, (root) => assignFromLayers(root, part));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
}

/**
 * Reads an HDF5 file of Keras: a whole model, or weights into an existing model.
 *
 * @param into the model that takes the weights; without it the file must hold a model
 * @throws GradbookError `bad-file`, `bad-weights`, `unsupported-layer`
 */
export async function readKerasH5File(file: string, into?: LayersModel): Promise<LayersModel> {
  return readHdf5(file, (root) => {
    if (into) {
      assignAny(root, partsOf(into as never));
      return into;
    }
    const config = root.attrs['model_config']?.value;
    if (typeof config !== 'string') {
      throw new GradbookError(
        `${file} holds weights only: give the model to load them into, { into: model }`,
        'bad-file',
      );
    }
    const version = String(root.attrs['keras_version']?.value ?? '2');
    const { model, part } = modelFromKeras(JSON.parse(config) as Json, isKeras3(version));
    try {
      assignAny(root, part);
    } catch (error) {
      disposeModel(model);
      throw error;
    }
    return model;
  });
}

function assignAny(root: H5Group, part: Part): void {
  const weights = subgroup(root, 'model_weights') ?? root;
  const isOld = 'layer_names' in weights.attrs || 'layer_names0' in weights.attrs;
  if (isOld) assignFromGroups(weights, part);
  else assignFromLayers(root, part);
}

function isKeras3(version: string): boolean {
  return Number.parseInt(version, 10) >= 3;
}

async function disposedOnError(
  model: LayersModel,
  read: () => Promise<void>,
): Promise<LayersModel> {
  try {
    await read();
    return model;
  } catch (error) {
    disposeModel(model);
    throw error;
  }
}
