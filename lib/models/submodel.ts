import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';
import { apply } from './blocks';

type Layer = layers.Layer;

export interface SubmodelOptions {
  /** The submodel's input is this layer's output. Default: the network's own input. */
  after?: string;
  /** The submodel's last layer. Default: the network's own. */
  upTo?: string;
}

/**
 * Extracts a submodel of a network that is a plain chain of layers, nested networks flattened. It
 * shares the layers and their weights: training it trains the whole network.
 *
 * @example
 * const frozen = submodel(model, { upTo: 'conv_dw_12_relu' });
 * const trained = submodel(model, { after: 'conv_dw_12_relu' });
 * @throws GradbookError `bad-layer` for a layer that is not there, `bad-network` for branches
 */
export function submodel(model: LayersModel, { after, upTo }: SubmodelOptions): LayersModel {
  const chain = chainOf(model);
  const start = after === undefined ? 0 : position(chain, after) + 1;
  const end = upTo === undefined ? chain.length : position(chain, upTo) + 1;
  if (start >= end) {
    throw new GradbookError(
      `there is no layer after ${after} up to ${upTo}: give them in the network's order`,
      'bad-layer',
    );
  }
  const before = chain[start - 1];
  const shape = before ? (before.outputShape as number[]) : model.inputs[0]!.shape;
  const input = tf.input({ shape: shape.slice(1), name: `${after ?? 'input'}_section` });
  let x: SymbolicTensor = input;
  for (const layer of chain.slice(start, end)) x = apply(layer, x);
  return tf.model({ inputs: input, outputs: x, name: `${model.name}_section` });
}

/** The layers of a network in order, those of networks inside it included, inputs left out. */
export function chainOf(model: LayersModel): Layer[] {
  return model.layers.flatMap((layer) => {
    if (isModel(layer)) return chainOf(layer);
    if (layer.getClassName() === 'InputLayer') return [];
    const sources = layer.inboundNodes[0]?.inboundLayers.length ?? 1;
    if (sources > 1) {
      throw new GradbookError(
        `${layer.name} of ${model.name} joins ${sources} branches: only a plain chain can be split`,
        'bad-network',
      );
    }
    return [layer];
  });
}

/** Whether layers of a network, or of one inside it, take more than one input. */
export function hasBranches(model: LayersModel): boolean {
  return model.layers.some((layer) =>
    isModel(layer)
      ? hasBranches(layer)
      : layer.inboundNodes.some(({ inboundLayers }) => inboundLayers.length > 1),
  );
}

/** Whether a layer is a nested network. */
export function isModel(layer: Layer): layer is LayersModel {
  return Array.isArray((layer as { layers?: unknown }).layers);
}

function position(chain: readonly Layer[], name: string): number {
  const index = chain.findIndex((layer) => layer.name === name);
  if (index < 0) {
    const last = chain
      .slice(-5)
      .map((layer) => layer.name)
      .join(', ');
    throw new GradbookError(`no layer '${name}': the last ones are ${last}`, 'bad-layer');
  }
  return index;
}
