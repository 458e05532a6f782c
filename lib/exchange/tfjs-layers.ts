import type { io } from '@tensorflow/tfjs';
import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../runtime';
import type { ExportedFiles } from './export-types';
import { artifactsOf, checkWeightNames } from './save-folder';
import { stockLayers } from './stock-layers';

/** Largest size of a weight file in bytes, as in the converter of tfjs: browsers cache such files. */
const shardBytes = 4 * 1024 * 1024;

/**
 * A model as the folder of a tfjs layers model that plain tfjs loads, in Node and in a browser.
 *
 * @throws GradbookError `unsupported-layer` for a layer class that tfjs does not have; `bad-model`
 *   when nested networks have weights of equal names
 */
export async function layersFolder(model: LayersModel): Promise<ExportedFiles> {
  for (const layer of allLayers(model)) {
    if (!stockLayers.has(layer.getClassName())) {
      throw new GradbookError(
        `layer '${layer.name}' is a ${layer.getClassName()}, a class that tfjs does not have: remove it from the exported network`,
        'unsupported-layer',
      );
    }
  }
  checkWeightNames(model);
  const { bytes, modelTopology, weightSpecs, ...artifacts } = await artifactsOf(model);
  const { format, generatedBy, convertedBy } = artifacts;
  return modelFiles({ format, generatedBy, convertedBy, modelTopology }, weightSpecs ?? [], bytes);
}

/** `model.json` and the weights in files of 4 MiB. */
export function modelFiles(
  head: Partial<io.ModelJSON> | Record<string, unknown>,
  weights: io.WeightsManifestEntry[],
  bytes: Uint8Array,
): ExportedFiles {
  const shards = Math.max(1, Math.ceil(bytes.length / shardBytes));
  const paths = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
  const files: ExportedFiles = new Map();
  paths.forEach((name, i) => {
    files.set(name, bytes.subarray(i * shardBytes, (i + 1) * shardBytes));
  });
  // Last, so that a folder with a new model.json is complete.
  files.set('model.json', JSON.stringify({ ...head, weightsManifest: [{ paths, weights }] }));
  return files;
}

/** All layers of a model, nested and wrapped ones included, models themselves left out. */
export function allLayers(layer: layers.Layer): layers.Layer[] {
  const { layers: inner, layer: wrapped } = layer as {
    layers?: layers.Layer[];
    layer?: layers.Layer;
  };
  if (inner) return inner.flatMap(allLayers);
  return wrapped ? [layer, ...allLayers(wrapped)] : [layer];
}
