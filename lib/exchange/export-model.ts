import * as path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, inWorkspace, writeFileAtomic } from '../runtime';
import type { ExportedFiles, ExportFormat, ExportOptions } from './export-types';
import { kerasFile, kerasWeightsFile } from './keras/export';
import { onnxFile } from './onnx';
import { graphModelFolder } from './tensorflow/graph-model';
import { savedModelFolder } from './tensorflow/saved-model';
import { layersFolder } from './tfjs-layers';

interface Format {
  /** Extension of the path; undefined for a folder. */
  ending?: string;
  write(model: LayersModel, options: ExportOptions): Promise<ExportedFiles>;
}

/** The formats and their writers. */
export const exportFormats: Record<ExportFormat, Format> = {
  tfjs: { write: layersFolder },
  'tfjs-graph': { write: graphModelFolder },
  'saved-model': { write: savedModelFolder },
  keras: { ending: '.keras', write: kerasFile },
  'keras-weights': { ending: '.weights.h5', write: kerasWeightsFile },
  onnx: { ending: '.onnx', write: onnxFile },
};

/**
 * Writes a network for use elsewhere: for inference, and where the format can hold it for further
 * training. Nothing is written unless the format can hold every layer. The current weights are
 * written; the state of the optimizer is left out (use `saveModel` and `BackupAndRestore` to
 * continue training here).
 *
 * @param target folder or file, from the workspace; what is there is replaced
 * @returns the paths of the files that were written
 * @throws GradbookError `bad-option` for the format or the path; `unsupported-layer` naming the layer
 *   and the option that the format cannot hold
 */
export async function exportModel(
  target: string,
  model: LayersModel,
  options: ExportOptions,
): Promise<string[]> {
  const format = exportFormats[options?.format];
  if (!format) {
    throw new GradbookError(
      `format '${options?.format}': there are ${Object.keys(exportFormats).join(', ')}`,
      'bad-option',
    );
  }
  const { ending } = format;
  if (!target || (ending ? !target.endsWith(ending) : /\.(json|onnx|keras|h5)$/.test(target))) {
    throw new GradbookError(
      `path '${target}': format '${options.format}' needs ${ending ? `a file that ends in ${ending}` : 'the name of a folder'}`,
      'bad-option',
    );
  }
  if (options.float16 && options.format !== 'tfjs-graph') {
    throw new GradbookError(
      `float16 with format '${options.format}': only tfjs-graph supports it`,
      'bad-option',
    );
  }
  const files = await format.write(model, options);
  const written: string[] = [];
  for (const [name, content] of files) {
    const file = path.join(inWorkspace(target), name);
    writeFileAtomic(file, content);
    written.push(file);
  }
  return written;
}
