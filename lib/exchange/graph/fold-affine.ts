import type { Convolution, Dense, Graph, GraphNode, Weight } from './types';

/**
 * Multiplies each scale and offset by channels, which batch norms are in inference, into the
 * convolution or dense layer before it where nothing else takes that one's output.
 */
export function foldAffine(graph: Graph): Graph {
  const uses = new Map<GraphNode, number>();
  const count = (node: GraphNode) => uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const { inputs } of graph.nodes) inputs.forEach(count);
  for (const { node } of graph.outputs) count(node);
  const replaced = new Map<GraphNode, GraphNode>();
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((input) => replaced.get(input) ?? input);
    const { operation } = node;
    const product = node.inputs[0];
    if (operation.kind !== 'affine' || !product || uses.get(product) !== 1) continue;
    if (!isProduct(product.operation)) continue;
    product.operation = folded(product.operation, operation.scale, operation.offset);
    replaced.set(node, product);
    uses.set(product, uses.get(node) ?? 0);
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !replaced.has(node)),
    outputs: graph.outputs.map(({ name, node }) => ({ name, node: replaced.get(node) ?? node })),
  };
}

function isProduct(operation: { kind: string }): operation is Convolution | Dense {
  return ['conv', 'depthwise', 'convTranspose', 'dense'].includes(operation.kind);
}

function folded<P extends Convolution | Dense>(product: P, scale: Weight, offset: Weight): P {
  const { filter, bias, kind } = product;
  const channels = scale.values.length;
  const inner = filter.shape[filter.shape.length - 1]!;
  const values = new Float32Array(filter.values.length);
  for (let i = 0; i < values.length; i++) {
    // Of a depthwise filter the last two axes are the output's channels, of a transposed
    // convolution's the last but one.
    const channel = kind === 'convTranspose' ? Math.floor(i / inner) % channels : i % channels;
    values[i] = filter.values[i]! * scale.values[channel]!;
  }
  const shift = Float32Array.from(
    offset.values,
    (value, i) => value + (bias?.values[i] ?? 0) * scale.values[i]!,
  );
  return {
    ...product,
    filter: { shape: filter.shape, values },
    bias: { shape: [channels], values: shift },
  };
}
