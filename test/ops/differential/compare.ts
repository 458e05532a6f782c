import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { useNativeOps } from '../../../lib/ops';
import { type Random, tf } from '../../../lib/runtime';
import type { Graph } from './graphs';

/** Numbers by what they are. */
export type Figures = Record<string, ArrayLike<number>>;

/** Runs something with all native ops on or off, and turns them on again. */
export async function withNative<T>(on: boolean, run: () => T | Promise<T>): Promise<T> {
  useNativeOps(on);
  try {
    return await run();
  } finally {
    useNativeOps(true);
  }
}

/** The variables of all weights by name, in an order that does not depend on what is frozen. */
export function variablesByName(model: LayersModel): Variable[] {
  const variables = (model.weights as unknown as { val: Variable }[]).map(({ val }) => val);
  return variables.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Values of variables, to be put back. */
export type Kept = { variable: Variable; value: Tensor }[];

/** Copies of all weights; `dropKept` frees them. */
export function copyOf(model: LayersModel): Kept {
  return variablesByName(model).map((variable) => ({ variable, value: tf.clone(variable) }));
}

export function putBack(kept: Kept): void {
  for (const { variable, value } of kept) tf.tidy(() => variable.assign(tf.clone(value)));
}

export function dropKept(kept: Kept): void {
  tf.dispose(kept.map(({ value }) => value));
}

function apply(graph: Graph, xs: readonly Tensor[], training: boolean): Tensor[] {
  return [graph.model.apply(xs.length === 1 ? xs[0]! : [...xs], { training })].flat() as Tensor[];
}

function weighted(outputs: readonly Tensor[], weighting: readonly Tensor[]): Tensor {
  return outputs.map((y, i) => tf.sum(tf.mul(y, weighting[i]!))).reduce((a, b) => tf.add(a, b));
}

/** Fixed weights of the outputs, so that a gradient is one of a number. */
export function drawWeighting(graph: Graph, batch: number, random: Random): Tensor[] {
  return graph.model.outputs.map(({ shape }) => {
    const all = [batch, ...(shape.slice(1) as number[])];
    const size = all.reduce((a, b) => a * b, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => random.normal()),
      all,
    );
  });
}

/** Outputs in inference and training, and the moving statistics that training leaves. */
export function forward(graph: Graph, xs: readonly Tensor[]): Figures {
  const figures: Figures = {};
  tf.tidy(() => {
    for (const [i, y] of apply(graph, xs, false).entries()) figures[`output ${i}`] = y.dataSync();
    for (const [i, y] of apply(graph, xs, true).entries()) {
      figures[`output ${i} in training`] = y.dataSync();
    }
    for (const weight of graph.model.nonTrainableWeights) {
      figures[weight.name] = weight.read().dataSync();
    }
  });
  return figures;
}

/** The float inputs of a network as variables, the tokens as they are. */
function asVariables(xs: readonly Tensor[]): Tensor[] {
  return xs.map((x) => (x.dtype === 'float32' ? tf.variable(x) : x));
}

function variablesOf(graph: Graph, xs: readonly Tensor[]): [string, Variable][] {
  const weights = graph.model.trainableWeights as unknown as { name: string; val: Variable }[];
  return [
    ...xs.flatMap((x, i) =>
      x.dtype === 'float32' ? [[`input ${i}`, x as Variable] as [string, Variable]] : [],
    ),
    ...weights.map(({ name, val }) => [name, val] as [string, Variable]),
  ];
}

/** What a gradient is taken of: the weighted outputs, or the squared length of their gradient. */
type Objective = (graph: Graph, xs: readonly Tensor[], weighting: readonly Tensor[]) => Tensor;

export const firstOrder: Objective = (graph, xs, weighting) =>
  weighted(apply(graph, xs, true), weighting);

/** As in a gradient penalty, by the first input, in inference. */
export const secondOrder: Objective = (graph, xs, weighting) => {
  const slope = tf.grad((x: Tensor) => {
    const y = apply(graph, [x, ...xs.slice(1)], false);
    return weighted(y, weighting);
  })(xs[0]!);
  return tf.sum(tf.square(slope));
};

/** Gradients of an objective by inputs and weights. */
export function gradients(
  graph: Graph,
  given: readonly Tensor[],
  weighting: readonly Tensor[],
  objective: Objective,
): Figures {
  const xs = asVariables(given);
  const variables = variablesOf(graph, xs);
  const before = copyOf(graph.model);
  const figures: Figures = {};
  tf.tidy(() => {
    const { value, grads } = tf.variableGrads(
      () => objective(graph, xs, weighting) as never,
      variables.map(([, variable]) => variable),
    );
    figures['objective'] = value.dataSync();
    for (const [name, variable] of variables) {
      const slope = grads[variable.name];
      if (slope) figures[`by ${name}`] = slope.dataSync();
    }
  });
  putBack(before);
  dropKept(before);
  tf.dispose(xs.filter((x, i) => x !== given[i]));
  return figures;
}

/**
 * The slope of an objective along a random direction of all inputs and weights, by central
 * differences, and from the gradients. Both are for networks without kinks.
 */
export function slopeAlong(
  graph: Graph,
  given: readonly Tensor[],
  weighting: readonly Tensor[],
  objective: Objective,
  random: Random,
): { expected: number; actual: number; size: number } {
  const found = gradients(graph, given, weighting, objective);
  const xs = asVariables(given);
  // An input that is moved is no longer masked.
  const still = (name: string) => graph.recurrent && name.startsWith('input');
  const variables = variablesOf(graph, xs).filter(([name]) => found[`by ${name}`] && !still(name));
  const ways = variables.map(([, { size }]) =>
    Float32Array.from({ length: size }, () => random.next() * 2 - 1),
  );
  let actual = 0;
  let size = 0;
  for (const [i, [name]] of variables.entries()) {
    ways[i]!.forEach((step, k) => {
      actual += step * found[`by ${name}`]![k]!;
      size += Math.abs(step * found[`by ${name}`]![k]!);
    });
  }
  const before = copyOf(graph.model);
  const starts = variables.map(([, variable]) => variable.dataSync().slice());
  const at = (length: number) => {
    tf.tidy(() => {
      for (const [i, [, variable]] of variables.entries()) {
        const moved = starts[i]!.map((value, k) => value + length * ways[i]![k]!);
        variable.assign(tf.tensor(moved, variable.shape));
      }
    });
    return tf.tidy(() => objective(graph, xs, weighting).dataSync()[0]!);
  };
  const step = 1 / 256;
  // Richardson: the error falls with the fourth power of the step.
  const wide = (at(2 * step) - at(-2 * step)) / (4 * step);
  const narrow = (at(step) - at(-step)) / (2 * step);
  const expected = (4 * narrow - wide) / 3;
  putBack(before);
  dropKept(before);
  tf.dispose(xs.filter((x, i) => x !== given[i]));
  return { expected, actual, size };
}
