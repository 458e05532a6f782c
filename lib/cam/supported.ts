import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../runtime';
import { allLayers, isModel, type Layer } from './layers';

interface Graph {
  nodesByDepth?: Record<string, readonly { outboundLayer: unknown }[]>;
}

/**
 * Throws unless the model can be explained: one input, one output, and no layer that is
 * `channelsFirst`, since maps and images are `[n, height, width]` and `[n, height, width, channels]`.
 *
 * @throws GradbookError `bad-model`
 */
export function checkModel(model: LayersModel): void {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new GradbookError(
      `model ${model.name} has ${model.inputs.length} inputs and ${model.outputs.length} outputs: a model with one of each can be explained. For one of several outputs, make tf.model({ inputs, outputs: model.outputs[i] })`,
      'bad-model',
    );
  }
  const first = allLayers(model).find(
    ({ layer }) => (layer as unknown as { dataFormat?: string }).dataFormat === 'channelsFirst',
  );
  if (first) {
    throw new GradbookError(
      `layer ${first.path} has the data format channelsFirst: only channelsLast models can be explained. Build the model with dataFormat: 'channelsLast' and give it the same weights`,
      'bad-model',
    );
  }
}

/** How many times each layer is applied in one pass through the model, nested models included. */
export function layerUses(model: LayersModel): Map<Layer, number> {
  const uses = new Map<Layer, number>();
  const count = (part: LayersModel) => {
    for (const nodes of Object.values((part as Graph).nodesByDepth ?? {})) {
      for (const { outboundLayer } of nodes) {
        if (isModel(outboundLayer)) count(outboundLayer);
        else {
          const layer = outboundLayer as Layer;
          uses.set(layer, (uses.get(layer) ?? 0) + 1);
        }
      }
    }
  };
  count(model);
  return uses;
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
