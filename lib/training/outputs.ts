import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';

/** The unique names of a model's inputs or outputs, which tfjs sets late or not at all. */
export function namesOf(model: LayersModel, part: 'inputs' | 'outputs'): string[] {
  const layers = model[part].map(({ sourceLayer }) => sourceLayer.name);
  const known = part === 'inputs' ? model.inputNames : model.outputNames;
  const names = known?.length === layers.length ? known : layers;
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}_${before}`;
  });
}

/** Regularization losses, such as L2, of the layers that are not frozen: scalars. */
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
