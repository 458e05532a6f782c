import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';

/** Losses of the weights themselves, such as L2, of the layers that are not frozen: scalars. */
export function regularizationLosses(model: LayersModel): Tensor[] {
  interface Part {
    trainable: boolean;
    trainableWeights: unknown[];
    layers?: Part[];
    calculateLosses(): Tensor[];
  }
  const collect = (part: Part): Tensor[] => {
    if (!part.trainable) return [];
    if (part.layers) return [...new Set(part.layers)].flatMap(collect);
    return part.trainableWeights.length > 0 ? part.calculateLosses() : [];
  };
  return collect(model as unknown as Part);
}
