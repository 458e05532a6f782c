import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { zipSync } from 'fflate';
import type { ExportedFiles } from '../export-types';
import { type H5Group, writeHdf5 } from './hdf5';
import { weightPaths } from './names';
import { kerasConfig } from './to-keras';

type Layer = layers.Layer;

/**
 * A model as Keras 3's `.keras`: configuration and weights, without a compiled loss or optimizer.
 *
 * @throws GradbookError `unsupported-layer`
 */
export async function kerasFile(model: LayersModel): Promise<ExportedFiles> {
  const config = { ...kerasConfig(model), compile_config: null };
  const zip = zipSync(
    {
      'metadata.json': Buffer.from(JSON.stringify({ keras_version: '3.15.1' })),
      'config.json': Buffer.from(JSON.stringify(config)),
      'model.weights.h5': await weightsH5(model),
    },
    { level: 0, mtime: new Date(1980, 0, 1) },
  );
  return new Map([['', zip]]);
}

/**
 * The weights alone as Keras 3's `.weights.h5`, for `load_weights` of the same model.
 *
 * @throws GradbookError `unsupported-layer`
 */
export async function kerasWeightsFile(model: LayersModel): Promise<ExportedFiles> {
  kerasConfig(model);
  return new Map([['', await weightsH5(model)]]);
}

function weightsH5(model: LayersModel): Promise<Uint8Array> {
  const written = new Set<Layer>();
  const write = (group: H5Group, layer: Layer): void => {
    // Keras writes a shared layer where it meets it first.
    if (written.has(layer)) return;
    written.add(layer);
    const { layers: inner } = layer as { layers?: Layer[] };
    const variables = group.create_group('vars');
    variables.create_attribute('name', layer.name);
    if (!inner) {
      layer.weights.forEach((variable, i) => {
        const tensor = variable.read();
        const data = Float32Array.from(tensor.dataSync());
        variables.create_dataset({ name: String(i), data, shape: tensor.shape, dtype: '<f4' });
      });
      return;
    }
    const container = group.create_group('layers');
    const paths = weightPaths(inner.map((part) => kerasClass(part)));
    inner.forEach((part, i) => {
      if (!written.has(part)) write(container.create_group(paths[i]!), part);
    });
  };
  return writeHdf5((root) => write(root, model));
}

function kerasClass(layer: Layer): string {
  const className = layer.getClassName();
  return className === 'Model' ? 'Functional' : className;
}
