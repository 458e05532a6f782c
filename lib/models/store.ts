import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import {
  folderMetadata,
  loadModelFolder,
  type ModelMetadata,
  type StoredModel,
  saveModelFolder,
} from '../exchange';
import { environment, GradbookError, inWorkspace, root } from '../runtime';
import { fileMetadata, loadModelFile } from './single-file';

/** The folder that `saveModel(name)` writes: tfjs's `model.json` and weights. */
export function modelFolder(name: string): string {
  if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new GradbookError(
      `model name '${name}': use letters, digits, dot, dash and underscore`,
      'bad-option',
    );
  }
  return path.join(environment().modelsDir, name);
}

/**
 * Saves a network, its weights and metadata under the cache folder, as the standard
 * folder of tfjs: plain tfjs loads it in Node and in a browser. A reader never sees new weights
 * with old metadata. Nested networks whose weights have equal names are saved as well, for
 * `loadModel` alone.
 *
 * @returns the folder, from the workspace
 * @throws GradbookError `bad-option` for the name; `bad-model` when weights have equal names and
 *   nested networks share a layer
 */
export async function saveModel(
  name: string,
  model: LayersModel,
  metadata: ModelMetadata = {},
): Promise<string> {
  const folder = modelFolder(name);
  await saveModelFolder(model, folder, metadata);
  fs.rmSync(singleFile(name), { force: true });
  return path.relative(root, folder);
}

/** The metadata given to `saveModel`, without loading the network; undefined when there is none. */
export function modelMetadata(name: string): ModelMetadata | undefined {
  const folder = modelFolder(name);
  if (holdsModel(folder)) return folderMetadata(folder);
  return fs.existsSync(singleFile(name)) ? fileMetadata(singleFile(name)) : undefined;
}

/**
 * Loads a network that `saveModel` saved, or any folder of a tfjs layers model, such as
 * `ModelCheckpoint` writes.
 *
 * @param name the name given to `saveModel`, or the path of a folder with a `model.json`, from the
 *   workspace; a saved model has precedence over a folder of the same name
 * @throws GradbookError `missing-file` when there is neither, `bad-file` when it is damaged
 */
export async function loadModel(name: string): Promise<StoredModel> {
  const given = inWorkspace(name.replace(/[\\/]model\.json$/, ''));
  if (/[\\/]/.test(name)) {
    if (holdsModel(given)) return loadModelFolder(given);
    throw new GradbookError(
      `no model.json in ${given}: give the name of a saved model or the folder of one`,
      'missing-file',
    );
  }
  const folder = modelFolder(name);
  if (holdsModel(folder)) return loadModelFolder(folder);
  if (fs.existsSync(singleFile(name))) return loadModelFile(singleFile(name));
  if (holdsModel(given)) return loadModelFolder(given);
  throw new GradbookError(
    `no model '${name}' in ${folder}: run the notebook that trains and saves it first`,
    'missing-file',
  );
}

function holdsModel(folder: string): boolean {
  return fs.existsSync(path.join(folder, 'model.json'));
}

/** Where earlier versions saved models of this name as one file. */
function singleFile(name: string): string {
  return `${modelFolder(name)}.model`;
}
