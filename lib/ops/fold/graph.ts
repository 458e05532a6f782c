import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';

export type Layer = layers.Layer;

/** One layer of a network and the layers that feed it; nested models are taken apart. */
export interface Node {
  layer: Layer;
  inputs: Node[];
  /** How many nodes take its output, the network's output included. */
  uses: number;
}

interface InboundNode {
  inboundLayers: Layer[];
}

interface Container extends Layer {
  layers: Layer[];
  outputLayers: Layer[];
  inputLayers: Layer[];
}

function isContainer(layer: Layer): layer is Container {
  return Array.isArray((layer as Container).layers);
}

/** A Sequential keeps the layers' links in a model inside it. */
function innerModel(model: Container): Container {
  const inner = (model as unknown as { model?: Container }).model;
  return inner ?? model;
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

  const visitModel = (container: Container, feed: Node): Node => {
    const { outputLayers, inputLayers } = innerModel(container);
    if (outputLayers.length !== 1 || inputLayers.length !== 1) {
      throw new GradbookError(
        `${container.name} has ${inputLayers.length} inputs and ${outputLayers.length} outputs: only networks with one of each can be folded`,
        'unfoldable',
      );
    }
    built.set(inputLayers[0]!, feed);
    return visit(outputLayers[0]!);
  };

  const visit = (layer: Layer): Node => {
    const known = built.get(layer);
    if (known) return known;
    const { inboundNodes } = layer as unknown as { inboundNodes: InboundNode[] };
    // The last node is the one that this model made when the layer is part of a model of its own.
    const inputs = inboundNodes[0]!.inboundLayers.map(visit);
    let node: Node;
    if (isContainer(layer)) {
      node = visitModel(layer, inputs[0]!);
    } else {
      node = { layer, inputs, uses: 0 };
      for (const source of inputs) source.uses++;
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
  last.uses++;
  return needed(nodes, last);
}

/** Only the nodes that `last` needs, in order, `last` at the end, with their uses counted anew. */
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
