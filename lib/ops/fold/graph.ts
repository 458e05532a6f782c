import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';

export type Layer = layers.Layer;

/** One layer of a network and the layers that feed it; nested models are flattened. */
export interface Node {
  layer: Layer;
  inputs: Node[];
  /** Number of nodes that use its output, the network's output included. */
  uses: number;
}

interface InboundNode {
  inboundLayers: Layer[];
}

interface Container extends Layer {
  layers: Layer[];
  outputLayers: Layer[];
  inputLayers: Layer[];
  /** Which uses of its layers are the model's own, each `<layer's name>_ib-<index of the use>`. */
  containerNodes: Set<string>;
}

function isContainer(layer: Layer): layer is Container {
  return Array.isArray((layer as Container).layers);
}

/** A Sequential stores the graph in an inner model, created when it is built. */
function innerModel(model: Container): Container {
  if (model.getClassName() !== 'Sequential') return model;
  const sequential = model as unknown as { model?: Container; build(): void };
  if (!sequential.model) sequential.build();
  return sequential.model!;
}

/** The inputs of a layer in this model; the layer may also be used in other models. */
function sourcesOf(layer: Layer, model: Container): Layer[] {
  const { inboundNodes } = layer as unknown as { inboundNodes: InboundNode[] };
  const own = inboundNodes.filter((_, i) => model.containerNodes.has(`${layer.name}_ib-${i}`));
  if (own.length !== 1) {
    throw new GradbookError(
      `${layer.name} is used ${own.length} times in ${model.name}: only layers that are used once can be folded`,
      'unfoldable',
    );
  }
  return own[0]!.inboundLayers;
}

/**
 * Reads a model as nodes from its single input to `until`, each after its inputs.
 *
 * @throws GradbookError `bad-layer` when the layer is not there; `unfoldable` for several inputs or
 *   outputs, or a layer that is used twice
 */
export function graphOf(model: LayersModel, until?: string): Node[] {
  const nodes: Node[] = [];
  const input: Node = { layer: model.layers[0]!, inputs: [], uses: 0 };
  const built = new Map<Layer, Node>();
  let found: Node | undefined;

  const visitModel = (model: Container, feed: Node): Node => {
    const container = innerModel(model);
    const { outputLayers, inputLayers } = container;
    if (outputLayers.length !== 1 || inputLayers.length !== 1) {
      throw new GradbookError(
        `${model.name} has ${inputLayers.length} inputs and ${outputLayers.length} outputs: only networks with one of each can be folded`,
        'unfoldable',
      );
    }
    built.set(inputLayers[0]!, feed);
    return visit(outputLayers[0]!, container);
  };

  const visit = (layer: Layer, container: Container): Node => {
    const known = built.get(layer);
    if (known) return known;
    const inputs = sourcesOf(layer, container).map((source) => visit(source, container));
    let node: Node;
    if (isContainer(layer)) {
      node = visitModel(layer, inputs[0]!);
    } else {
      node = { layer, inputs, uses: 0 };
      nodes.push(node);
    }
    built.set(layer, node);
    if (layer.name === until) found = node;
    return node;
  };

  let last = visitModel(model as unknown as Container, input);
  if (until !== undefined) {
    if (!found) {
      const names = nodes.map(({ layer }) => layer.name).join(', ');
      throw new GradbookError(`no layer is called ${until}: there are ${names}`, 'bad-layer');
    }
    last = found;
  }
  return needed(nodes, last);
}

/** Only the nodes that `last` needs, in order, `last` at the end, with their uses counted again. */
function needed(nodes: Node[], last: Node): Node[] {
  const wanted = new Set<Node>();
  const want = (node: Node) => {
    if (wanted.has(node)) return;
    wanted.add(node);
    node.inputs.forEach(want);
  };
  want(last);
  for (const node of wanted) node.uses = node === last ? 1 : 0;
  for (const node of wanted) for (const input of node.inputs) input.uses++;
  return nodes.filter((node) => wanted.has(node));
}
