import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';

export type Layer = layers.Layer;

interface Graph {
  nodesByDepth?: Record<string, readonly { outboundLayer: unknown }[]>;
}

/** Whether a layer is a model itself. */
export function isModel(layer: unknown): layer is LayersModel {
  return Array.isArray((layer as LayersModel).layers);
}

/** All layers of a model, those of nested models included, without the models themselves. */
export function leafLayers(model: LayersModel): Layer[] {
  return model.layers.flatMap((layer) => (isModel(layer) ? leafLayers(layer) : [layer]));
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

/** A symbolic tensor, and the nested models that contain it with the node where each is applied. */
export interface TracedTensor {
  tensor: SymbolicTensor;
  within: readonly { model: LayersModel; inputs: readonly SymbolicTensor[] }[];
}

interface Node {
  inputTensors: SymbolicTensor[];
}

/** The input tensors of the layer call that produced `tensor`. */
function inputsOf({ sourceLayer, nodeIndex }: SymbolicTensor): readonly SymbolicTensor[] {
  const nodes = (sourceLayer as unknown as { inboundNodes: Node[] }).inboundNodes;
  return nodes[nodeIndex ?? 0]?.inputTensors ?? [];
}

/** The same tensor inside the nested model that made it, or outside the one whose input it is. */
export function resolved(traced: TracedTensor): TracedTensor {
  const { tensor, within } = traced;
  const source = tensor.sourceLayer as unknown;
  if (isModel(source)) {
    return resolved({
      tensor: source.outputs[tensor.outputTensorIndex ?? 0]!,
      within: [...within, { model: source, inputs: inputsOf(tensor) }],
    });
  }
  const inner = within.at(-1);
  const input = inner ? inner.model.inputs.indexOf(tensor) : -1;
  if (inner && input >= 0 && inner.inputs[input]) {
    return resolved({ tensor: inner.inputs[input]!, within: within.slice(0, -1) });
  }
  return traced;
}

/** The inputs of the layer that produced a resolved tensor. */
export function tensorsBefore({ tensor, within }: TracedTensor): TracedTensor[] {
  return inputsOf(tensor).map((before) => resolved({ tensor: before, within }));
}
