import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { channelsFirstLayer, checkOutputUsedOnce, layerUses, modelOutput } from '../ops';
import { GradbookError, tf } from '../runtime';
import { allLayers, type Layer } from './layers';

/**
 * The part of a model that makes one of its outputs, with the model's own layers; the model itself
 * where it has one output. Nothing has to be disposed of.
 *
 * @param output name or index; needed where there are several
 * @throws GradbookError `bad-model` for several inputs, or several outputs of which none is named;
 *   `unknown-output`
 */
export function explainedModel(model: LayersModel, output?: string | number): LayersModel {
  const { inputs, outputs, outputNames: names } = model;
  const listed = names.map((name, i) => `${i} ${name}`).join(', ');
  if (inputs.length !== 1 || (outputs.length !== 1 && output === undefined)) {
    throw new GradbookError(
      `model ${model.name} has ${inputs.length} inputs and ${outputs.length} outputs: a model with one input can be explained, and of several outputs one by the option output (${listed})`,
      'bad-model',
    );
  }
  if (output === undefined) return model;
  const index = typeof output === 'number' ? output : names.indexOf(output);
  const chosen = outputs[index];
  if (!chosen) {
    throw new GradbookError(
      `unknown output: ${output}. Model ${model.name} has ${listed}`,
      'unknown-output',
    );
  }
  return outputs.length === 1 ? model : tf.model({ inputs, outputs: chosen, name: model.name });
}

/**
 * Throws unless the model can be explained: one input, one output, and no layer that is
 * `channelsFirst`, since maps and images are `[n, height, width]` and `[n, height, width, channels]`.
 *
 * @throws GradbookError `bad-model`, `shared-layer`
 */
export function checkModel(model: LayersModel): void {
  explainedModel(model);
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
