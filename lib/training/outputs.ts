import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';

/** Name of the activation that the model ends in, such as `softmax`; `linear` when there is none. */
export function outputActivation(model: LayersModel): string {
  const layer = model.outputs[0]!.sourceLayer as unknown as {
    activation?: { getClassName(): string };
    getClassName(): string;
    layers?: unknown[];
  };
  if (layer.layers) return outputActivation(layer as unknown as LayersModel);
  if (layer.getClassName() === 'Softmax') return 'softmax';
  return layer.activation?.getClassName() ?? 'linear';
}

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
