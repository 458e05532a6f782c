import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { engineDevice, GradbookError, hasNativeOps, tf } from '../../runtime';
import { StepFunction } from '../step-function';
import { graphOf, type Node } from './graph';
import { activates, foldsInto, layerStep, productStep, type Step } from './steps';

export interface FoldOptions {
  /** The name of the layer to stop after, in the model or in a model inside it. Default: the last. */
  until?: string;
  /**
   * Batch size. Default 8 on a CPU: the largest feature maps of a MobileNet at 224 are then small
   * enough that their memory is reused instead of allocated from the system each time. On a GPU
   * 256, since small batches leave most of it idle.
   */
  batchSize?: number;
  /** Runs op by op, as with Keras's option of `compile`, and not as one function. Default false. */
  runEagerly?: boolean;
}

/** A frozen network, ready for inference. */
export interface FoldedNetwork {
  /** Shape of one output, without the batch. */
  readonly outputShape: number[];
  /**
   * @param x `[n, …]` float32, as the model takes it; belongs to the caller
   * @returns `[n, …outputShape]` float32, owned by the caller
   */
  predict(x: Tensor): Tensor;
  /** Frees the folded weights. The model's own are not touched. */
  dispose(): void;
}

/**
 * Makes an inference network from a model: batch norms are folded into the convolutions and dense
 * layers before them, and layers are called without tfjs's overhead. The current weights are used:
 * fold again after training.
 *
 * Sequential, functional and nested models with one input and one output; layers that cannot be
 * folded run as they are, in inference mode. Masks (`maskZero`, `tf.layers.masking`) are refused.
 *
 * @throws GradbookError `bad-layer`, `unfoldable`, and `disposed` from `predict`
 */
export function foldBatchNorm(
  model: LayersModel,
  { until, batchSize = defaultBatch(), runEagerly = false }: FoldOptions = {},
): FoldedNetwork {
  const nodes = graphOf(model, until);
  refuseMasks(nodes);
  const input = inputOf(nodes);
  const steps = stepsOf(nodes);
  const last = nodes[nodes.length - 1]!;
  let disposed = false;
  const others = model.weights.map((weight) => (weight as unknown as { val: Variable }).val);
  const body = ([x]: readonly Tensor[]) => [runSteps(steps, input, x!)];
  const functions = runEagerly || !hasNativeOps() ? undefined : new StepFunction(body, { others });
  const run = (x: Tensor) => (functions?.run([x]) ?? body([x]))[0]!;

  return {
    outputShape: (last.layer.outputShape as number[]).slice(1),
    predict(x) {
      if (disposed) {
        throw new GradbookError(
          'the folded network was disposed: fold the model again',
          'disposed',
        );
      }
      for (const step of steps) step.prepare?.();
      const count = x.shape[0]!;
      return tf.tidy(() => {
        if (count <= batchSize) return run(x);
        const parts: Tensor[] = [];
        for (let start = 0; start < count; start += batchSize) {
          const size = Math.min(batchSize, count - start);
          const rest = x.shape.slice(1).map(() => 0);
          const part = tf.slice(x, [start, ...rest], [size, ...x.shape.slice(1)]);
          parts.push(run(part));
          part.dispose();
        }
        return tf.concat(parts, 0);
      });
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      functions?.dispose();
      for (const step of steps) step.dispose();
    },
  };
}

function defaultBatch(): number {
  return engineDevice() === 'GPU' ? 256 : 8;
}

/** Steps do not propagate masks, which would change the results of later layers. */
function refuseMasks(nodes: Node[]): void {
  for (const { layer } of nodes) {
    const { maskZero } = layer as unknown as { maskZero?: boolean };
    if (!maskZero && layer.getClassName() !== 'Masking') continue;
    const cause = maskZero ? 'maskZero' : 'Masking';
    throw new GradbookError(
      `${layer.name} masks time steps (${cause}), and folded networks do not support masks: use predict of the model itself`,
      'unfoldable',
    );
  }
}

function inputOf(nodes: Node[]): Node {
  const inside = new Set(nodes);
  return nodes.flatMap(({ inputs }) => inputs).find((node) => !inside.has(node))!;
}

function stepsOf(nodes: Node[]): Step[] {
  const steps: Step[] = [];
  const folded = new Set<Node>();
  for (const node of nodes) {
    if (folded.has(node)) continue;
    const after = (one: Node, fits: (other: Node) => boolean) =>
      nodes.find((other) => other.inputs.includes(one) && fits(other));
    const batchNorm = after(node, (other) => foldsInto(node, other));
    const last = batchNorm ?? node;
    const activation = after(last, (other) => activates(node, last, other));
    const step = productStep(node, { batchNorm, activation }) ?? layerStep(node);
    for (const part of [batchNorm, activation]) if (part) folded.add(part);
    steps.push(step);
  }
  return steps;
}

/** Runs the steps in order and frees each output after the last step that needs it. */
function runSteps(steps: Step[], input: Node, x: Tensor): Tensor {
  const values = new Map<Node, { tensor: Tensor; uses: number }>();
  values.set(input, { tensor: x, uses: Number.POSITIVE_INFINITY });
  let result = x;
  for (const { inputs, output, run } of steps) {
    result = run(inputs.map((node) => values.get(node)!.tensor));
    values.set(output, { tensor: result, uses: output.uses });
    for (const node of inputs) {
      const value = values.get(node)!;
      value.uses--;
      if (value.uses === 0) value.tensor.dispose();
    }
  }
  return result;
}
