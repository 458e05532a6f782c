import type { io } from '@tensorflow/tfjs';
import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';

type Layer = layers.Layer;
type LayerVariable = LayersModel['weights'][number];

// Nested networks may have weights of equal names, which tfjs cannot load by name. They are
// identified by their position in the model, layer by layer, regardless of freezing.

/**
 * The names to save weights under, in the order of `model.weights`: the given ones, or
 * `<place>:<name>` where names occur more than once.
 *
 * @throws GradbookError `bad-model` when names repeat and nested networks share a layer, since
 *   loading makes two layers of it
 */
export function uniqueNames(model: LayersModel): string[] {
  const names = model.weights.map((weight) => weight.originalName);
  const placed = variablesByPlace(model);
  const repeated = placed.find(
    ({ originalName }, i) => placed.findIndex((other) => other.originalName === originalName) !== i,
  );
  if (!repeated) return names;
  if (new Set(placed).size !== placed.length || placed.length !== names.length) {
    throw new GradbookError(
      `the weight name '${repeated.originalName}' occurs more than once in ${model.name}, whose nested networks share a layer: give layers different names`,
      'bad-model',
    );
  }
  return model.weights.map((weight) => `${placed.indexOf(weight)}:${weight.originalName}`);
}

/** Whether the weights were saved by position. */
export function isByPlace(specs: readonly io.WeightsManifestEntry[]): boolean {
  return specs.length > 0 && specs.every(({ name }) => /^\d+:/.test(name));
}

/** Writes weights that were saved by position into the model. */
export function assignByPlace(
  model: LayersModel,
  specs: io.WeightsManifestEntry[],
  data: ArrayBuffer,
): void {
  const placed = variablesByPlace(model);
  const tensors = tf.io.decodeWeights(data, specs);
  try {
    for (const [name, tensor] of Object.entries(tensors))
      placed[Number.parseInt(name, 10)]!.write(tensor);
  } finally {
    tf.dispose(tensors);
  }
}

function variablesByPlace(layer: Layer): LayerVariable[] {
  const { layers: inner, layer: wrapped } = layer as { layers?: Layer[]; layer?: Layer };
  if (inner) return inner.flatMap(variablesByPlace);
  return wrapped ? variablesByPlace(wrapped) : layer.weights;
}
