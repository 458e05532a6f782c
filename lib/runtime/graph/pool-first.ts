import { type GraphNode, isControl, nodeOf } from './graph-def';

const pools: readonly string[] = ['MaxPool', '_MklNativeMaxPool'];
const poolGradients: readonly string[] = ['MaxPoolGrad', '_MklNativeMaxPoolGrad'];

/** A ReLU whose output goes to one max pooling, and their gradients where the graph has them. */
interface Pair {
  relu: GraphNode;
  pool: GraphNode;
  gradients?: { pool: GraphNode; relu: GraphNode };
}

const isFirstOutput = (ref: string, name: string) => ref === name || ref === `${name}:0`;

function usersOf(nodes: readonly GraphNode[]): Map<string, GraphNode[]> {
  const users = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const name of new Set(node.inputs.filter((input) => !isControl(input)).map(nodeOf))) {
      users.set(name, [...(users.get(name) ?? []), node]);
    }
  }
  return users;
}

/** The pair that begins with this ReLU; undefined where something else needs the ReLU's output. */
function pairOf(
  relu: GraphNode,
  users: ReadonlyMap<string, GraphNode[]>,
  returned: ReadonlySet<string>,
): Pair | undefined {
  const of = (node: GraphNode) => users.get(node.name) ?? [];
  const pool = of(relu).find(({ op }) => pools.includes(op));
  if (!pool || returned.has(relu.name) || returned.has(pool.name)) return undefined;
  const others = of(relu).filter((node) => node !== pool);
  if (others.length === 0) return { relu, pool };
  const poolGradient = others.find(({ op }) => poolGradients.includes(op));
  const reluGradient = others.find(({ op }) => op === 'ReluGrad');
  if (others.length !== 2 || !poolGradient || !reluGradient) return undefined;
  const joined =
    isFirstOutput(poolGradient.inputs[0]!, relu.name) &&
    isFirstOutput(poolGradient.inputs[1]!, pool.name) &&
    isFirstOutput(reluGradient.inputs[0]!, poolGradient.name) &&
    isFirstOutput(reluGradient.inputs[1]!, relu.name) &&
    of(poolGradient).length === 1 &&
    ![poolGradient, reluGradient].some(({ name }) => returned.has(name));
  return joined ? { relu, pool, gradients: { pool: poolGradient, relu: reluGradient } } : undefined;
}

/**
 * Pools before the ReLU instead of after it, forwards and backwards, where nothing else needs the
 * ReLU's output: the ReLU then has as many elements as the pooled output. Both keep the order of
 * values, so the results are the same bit for bit: a positive maximum is at the same place before
 * and after the ReLU, and where no value is positive the output and the gradient are zero.
 *
 * @param outputs what the graph returns, `node:output`
 */
export function poolFirst(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const users = usersOf(nodes);
  const returned = new Set(outputs.map(nodeOf));
  const pairs = nodes
    .filter(({ op }) => op === 'Relu')
    .flatMap((relu) => pairOf(relu, users, returned) ?? []);
  // What the nodes outside a pair refer to instead.
  const values = new Map<string, string>();
  const removed = new Map<string, string>();
  for (const { relu, pool, gradients } of pairs) {
    removed.set(relu.name, pool.name);
    values.set(pool.name, reluAfter(pool));
    if (!gradients) continue;
    removed.set(gradients.relu.name, gradients.pool.name);
    values.set(gradients.relu.name, gradients.pool.name);
  }
  const redirected = (ref: string) => {
    const name = nodeOf(ref);
    if (isControl(ref)) return `^${removed.get(name) ?? name}`;
    const other = values.get(name);
    return other && isFirstOutput(ref, name) ? other : ref;
  };
  const swapped = new Map(pairs.flatMap((pair) => swap(pair, redirected)));
  return nodes
    .filter(({ name }) => !removed.has(name))
    .flatMap((node) => swapped.get(node.name) ?? { ...node, inputs: node.inputs.map(redirected) });
}

const reluAfter = (pool: GraphNode) => `${pool.name}_relu`;

/** The nodes that replace the pooling and its gradient, by their names. */
function swap(
  { relu, pool, gradients }: Pair,
  redirected: (ref: string) => string,
): [string, GraphNode[]][] {
  const [source] = relu.inputs.map(redirected);
  const first = { ...pool, inputs: [source!, ...pool.inputs.slice(1).map(redirected)] };
  const forward = [first, { ...relu, name: reluAfter(pool), inputs: [pool.name] }];
  if (!gradients) return [[pool.name, forward]];
  const [, , slope, ...places] = gradients.pool.inputs;
  const passed = reluAfter(gradients.pool);
  const backward = [
    { ...gradients.relu, name: passed, inputs: [redirected(slope!), reluAfter(pool)] },
    { ...gradients.pool, inputs: [source!, pool.name, passed, ...places] },
  ];
  return [
    [pool.name, forward],
    [gradients.pool.name, backward],
  ];
}
