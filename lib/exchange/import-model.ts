import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, inWorkspace } from '../runtime';
import { readKerasFile, readKerasH5File } from './keras/import';
import { loadModelFolder } from './load-folder';

export interface ImportOptions {
  /** The model that takes the weights of a file that holds weights alone, such as `.weights.h5`. */
  into?: LayersModel;
}

/**
 * Reads a network that was made elsewhere:
 * - `.keras` of Keras 2 and 3;
 * - `.h5` of Keras 2 and 3, with a model or, with `into`, weights alone (`.weights.h5`);
 * - the folder of a tfjs layers model, or its `model.json`.
 *
 * Layers that tfjs lacks are replaced by equivalent ones where possible: Normalization becomes a
 * Rescaling, hard sigmoid and hard swish a Rescaling and a ReLU, so that the network can be
 * trained, explained, saved and exported like any other. The state of the optimizer is not read. A
 * layer that was called with `training=False` stays in inference mode; `saveModel` does not keep
 * that.
 *
 * @param file file or folder, from the workspace
 * @returns the network, whose tensors belong to the caller; with `into` that model itself, of which
 *   some weights may be set when an error is thrown
 * @throws GradbookError `missing-file`; `bad-file`; `bad-weights` where weights and layers do not
 *   fit; `unsupported-layer` naming the layer, its class and the option that cannot be imported;
 *   `bad-option` for a format that is not read
 */
export async function importModel(file: string, options: ImportOptions = {}): Promise<LayersModel> {
  const given = inWorkspace(file);
  if (!fs.existsSync(given)) {
    throw new GradbookError(`no file or folder ${given}`, 'missing-file');
  }
  const { into } = options;
  const isFolder = fs.statSync(given).isDirectory();
  if (isFolder || path.basename(given) === 'model.json') {
    const folder = isFolder ? given : path.dirname(given);
    if (fs.existsSync(path.join(folder, 'model.json'))) {
      if (into) throw intoRefused(given);
      return (await loadModelFolder(folder)).model;
    }
    const saved = fs.existsSync(path.join(folder, 'saved_model.pb'));
    throw new GradbookError(
      saved
        ? `${given} is a TensorFlow SavedModel, a graph without layers: save the model as .keras in Keras`
        : `${given} has no model.json: give the folder of a tfjs layers model`,
      saved ? 'bad-option' : 'missing-file',
    );
  }
  if (given.endsWith('.keras')) {
    if (into) throw intoRefused(given);
    return readKerasFile(given);
  }
  if (/\.(h5|hdf5)$/.test(given)) return readKerasH5File(given, into);
  throw new GradbookError(
    given.endsWith('.onnx')
      ? `${given}: ONNX files are graphs without layers, and no library reads them as tfjs layers. Save the model as .keras where it was made`
      : `${given}: give a .keras, .h5 or .weights.h5 file, or the folder of a tfjs layers model`,
    'bad-option',
  );
}

function intoRefused(file: string): GradbookError {
  return new GradbookError(`${file} holds a whole model: leave out into`, 'bad-option');
}
