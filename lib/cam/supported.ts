import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { channelsFirstLayer, checkOutputUsedOnce, layerUses, modelOutput } from '../ops';
import { GradbookError } from '../runtime';
import { allLayers, type Layer } from './layers';

/**
 * Throws unless the model can be explained: one input, one output, and no layer that is
 * `channelsFirst`, since maps and images are `[n, height, width]` and `[n, height, width, channels]`.
 *
 * @throws GradbookError `bad-model`, `shared-layer`
 */
export function checkModel(model: LayersModel): void {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new GradbookError(
      `model ${model.name} has ${model.inputs.length} inputs and ${model.outputs.length} outputs: a model with one of each can be explained. For one of several outputs, make tf.model({ inputs, outputs: model.outputs[i] })`,
      'bad-model',
    );
  }
  const wrong = channelsFirstLayer(model);
  const first = wrong && allLayers(model).find(({ layer }) => layer === wrong);
  if (first) {
    throw new GradbookError(
      `layer ${first.path} has the data format channelsFirst: only channelsLast models can be explained. Build the model with dataFormat: 'channelsLast' and give it the same weights`,
      'bad-model',
    );
  }
  checkOutputUsedOnce(model, modelOutput(model));
}

/**
 * Throws when a layer is applied more than once: it has as many activations as uses, and a map can
 * show only one of them.
 *
 * @throws GradbookError `shared-layer`
 */
export function checkUsedOnce(model: LayersModel, layer: Layer, path: string): void {
  const uses = layerUses(model);
  const times = uses.get(layer) ?? 1;
  if (times <= 1) return;
  const once = allLayers(model).filter((place) => uses.get(place.layer) === 1);
  const names = once.map((place) => place.path).join(', ');
  throw new GradbookError(
    `layer ${path} is applied ${times} times in model ${model.name}, and a map shows one output: give layers, one of those applied once (${names})`,
    'shared-layer',
  );
}
