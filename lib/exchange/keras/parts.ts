import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';

export type Layer = layers.Layer;
export type Variable = LayersModel['weights'][number];

/** An array of a file. */
export interface FileArray {
  shape: number[];
  values: Float32Array;
}

/** A layer as Keras counts it, with its layers here. */
export interface Part {
  name: string;
  /** Keras's class. */
  className: string;
  /** Whether Keras counts it as a layer; operators are not layers. */
  isLayer: boolean;
  trainable: boolean;
  /** The layer that has its weights, if it has any. */
  layer?: Layer | undefined;
  /** The layers of a model. */
  inner?: Part[] | undefined;
  /** Sets weights that became constants here, by their names in Keras. */
  constants?: { kinds: string[]; set(arrays: FileArray[]): void } | undefined;
  /**
   * Its layer's first array has another shape in Keras, with the same numbers in the same order, and
   * this name.
   */
  reshaped?: { kind: string } | undefined;
  apply(inputs: SymbolicTensor[]): SymbolicTensor[];
}

/** The trainable variables of a layer and the others, regardless of freezing. */
export function variablesOf(layer: Layer): { learned: Variable[]; kept: Variable[] } {
  const { _trainableWeights, _nonTrainableWeights } = layer as unknown as {
    _trainableWeights: Variable[];
    _nonTrainableWeights: Variable[];
  };
  return { learned: _trainableWeights, kept: _nonTrainableWeights };
}

/** Frees the weights of layers that are not part of a finished model. */
export function disposeParts(parts: readonly Part[]): void {
  for (const { layer, inner } of parts) {
    if (!layer || inner) continue;
    const { learned, kept } = variablesOf(layer);
    for (const variable of [...learned, ...kept]) variable.dispose();
  }
}

/** Frees the weights of a model, those of nested ones included, which tfjs's `dispose` leaves. */
export function disposeModel(model: LayersModel): void {
  for (const variable of new Set(model.weights)) variable.dispose();
}

// What imported models were in Keras: a Sequential is a plain model here, a Normalization a Rescaling.
const imported = new WeakMap<object, Part>();

/** Stores the parts of an imported model. */
export function rememberParts(model: LayersModel, part: Part): void {
  imported.set(model, part);
}

/** An existing model with its layers counted as in Keras, to read weights into it. */
export function partsOf(layer: Layer): Part {
  const known = imported.get(layer);
  if (known) return known;
  const { layers: inner } = layer as { layers?: Layer[] };
  const className = layer.getClassName();
  return {
    name: layer.name,
    className: className === 'Model' ? 'Functional' : className,
    isLayer: true,
    trainable: layer.trainable,
    layer: inner ? undefined : layer,
    inner: inner?.map(partsOf),
    apply: () => [],
  };
}
