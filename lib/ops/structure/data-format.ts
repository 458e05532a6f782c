import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { type Layer, leafLayers } from './graph';

/** The first layer of a model that is `channelsFirst`; undefined for a model that is `channelsLast`. */
export function channelsFirstLayer(model: LayersModel): Layer | undefined {
  return leafLayers(model).find(
    (layer) => (layer as unknown as { dataFormat?: string }).dataFormat === 'channelsFirst',
  );
}
