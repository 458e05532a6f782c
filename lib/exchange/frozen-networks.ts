import type { LayersModel } from '@tensorflow/tfjs-node-gpu';

/** Nested networks by their paths, such as `base` and `base/inner`. */
function nested(model: LayersModel, prefix = ''): [path: string, network: LayersModel][] {
  return model.layers.flatMap((layer) => {
    if (!('layers' in layer)) return [];
    const network = layer as unknown as LayersModel;
    const path = `${prefix}${layer.name}`;
    return [[path, network] as [string, LayersModel], ...nested(network, `${path}/`)];
  });
}

/** The paths of nested networks that are frozen as a whole: tfjs leaves that out of what it saves. */
export function frozenNetworks(model: LayersModel): string[] {
  return nested(model).flatMap(([path, { trainable }]) => (trainable === false ? [path] : []));
}

/** Freezes the nested networks with these paths. */
export function freezeNetworks(model: LayersModel, paths: readonly string[]): void {
  for (const [path, network] of nested(model)) {
    if (paths.includes(path)) network.trainable = false;
  }
}
