import {
  type GraphNode,
  integerAttribute,
  isControl,
  type NodeAttribute,
  nodeOf,
} from './graph-def';

const product = '_MklNativeConv2DWithBias';
const activations: readonly string[] = ['Relu', 'Relu6'];
// The indices of the binding's TF_ATTR_STRING and TF_ATTR_TYPE.
const [stringKind, typeKind] = [0, 4];

function fusedNode(convolution: GraphNode, activation: GraphNode): GraphNode {
  const type = convolution.attributes.find(({ name }) => name === 'T') as { value?: unknown };
  const operations = `BiasAdd,${activation.op}`;
  const added: NodeAttribute[] = [
    { name: 'TArgs', type: typeKind, value: type.value, list: true },
    { name: 'fused_ops', type: stringKind, value: operations, list: true },
    integerAttribute('num_args', 1),
    integerAttribute('num_host_args', 0),
  ];
  return {
    name: activation.name,
    op: '_MklNativeFusedConv2D',
    inputs: convolution.inputs,
    attributes: [...convolution.attributes, ...added],
  };
}

/**
 * Makes a convolution and the ReLU after it one op, where nothing else looks at what is between
 * them. oneDNN then takes the maximum before it writes; the results are the same bit for bit.
 *
 * @param outputs what the graph returns, `node:output`
 */
export function fuseActivations(
  nodes: readonly GraphNode[],
  outputs: readonly string[],
): GraphNode[] {
  const uses = new Map<string, number>();
  for (const ref of [...outputs, ...nodes.flatMap(({ inputs }) => inputs)]) {
    if (!isControl(ref)) uses.set(nodeOf(ref), (uses.get(nodeOf(ref)) ?? 0) + 1);
  }
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const fused = new Map<string, GraphNode>();
  const replaced = new Map<string, string>();
  for (const node of nodes) {
    if (!activations.includes(node.op) || node.inputs.length !== 1) continue;
    const convolution = byName.get(nodeOf(node.inputs[0]!))!;
    if (convolution.op !== product || uses.get(convolution.name) !== 1) continue;
    fused.set(node.name, fusedNode(convolution, node));
    replaced.set(convolution.name, node.name);
  }
  return nodes
    .filter(({ name }) => !replaced.has(name))
    .map((node) => fused.get(node.name) ?? node)
    .map((node) => ({
      ...node,
      inputs: node.inputs.map((input) => {
        const other = isControl(input) && replaced.get(nodeOf(input));
        return other ? `^${other}` : input;
      }),
    }));
}
