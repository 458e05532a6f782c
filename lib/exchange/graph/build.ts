import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GraphBuilder } from './builder';
import { foldAffine } from './fold-affine';
import { layerNodes } from './layers';
import { type Graph, type GraphNode, unsupported } from './types';

type Layer = layers.Layer;

interface Container extends Layer {
  layers: Layer[];
  inputs: SymbolicTensor[];
  outputs: SymbolicTensor[];
}

/**
 * Reads a model as a graph of operations for inference: nested models are flattened, shared layers
 * are repeated with the same weights, dropout and noise are left out, batch norms are folded into
 * the convolutions and dense layers before them.
 *
 * @throws GradbookError `unsupported-layer` naming the layer and the option that cannot be held
 */
export function graphOf(model: LayersModel): Graph {
  const builder = new GraphBuilder();
  const inputs = model.inputs.map((tensor) =>
    builder.add(
      tensor.sourceLayer.name,
      { kind: 'input' },
      [],
      fixedShape(tensor.sourceLayer, tensor.shape),
    ),
  );
  const scope = new Map(model.inputs.map((tensor, i) => [tensor.id, inputs[i]!]));
  const outputs = model.outputs.map((tensor) => ({
    name: tensor.sourceLayer.name,
    node: visit(builder, tensor, scope),
  }));
  for (const [i, output] of outputs.entries()) {
    if (outputs.findIndex(({ name }) => name === output.name) < i) output.name += `_${i}`;
  }
  return foldAffine({ name: model.name, nodes: builder.nodes, inputs, outputs });
}

function visit(
  builder: GraphBuilder,
  tensor: SymbolicTensor,
  scope: Map<number, GraphNode>,
): GraphNode {
  const known = scope.get(tensor.id);
  if (known) return known;
  const layer = tensor.sourceLayer;
  const use = layer.inboundNodes[tensor.nodeIndex] as unknown as { inputTensors: SymbolicTensor[] };
  const inputs = use.inputTensors.map((input) => visit(builder, input, scope));
  let node: GraphNode;
  if (isContainer(layer)) {
    const inner = new Map(layer.inputs.map((input, i) => [input.id, inputs[i]!]));
    node = visit(builder, layer.outputs[tensor.tensorIndex ?? 0]!, inner);
  } else {
    node = layerNodes(builder, layer, inputs, fixedShape(layer, tensor.shape));
  }
  scope.set(tensor.id, node);
  return node;
}

function isContainer(layer: Layer): layer is Container {
  return Array.isArray((layer as Container).layers);
}

function fixedShape(layer: Layer, shape: readonly (number | null)[]): number[] {
  const example = shape.slice(1);
  if (example.some((length) => length === null)) {
    throw unsupported(layer, `the shape ${example.map((n) => n ?? 'any').join('×')}`);
  }
  return example as number[];
}
