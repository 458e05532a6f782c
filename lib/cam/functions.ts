import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { type StepBody, StepFunction } from '../ops';
import { hasNativeOps } from '../runtime';
import { hasRegions } from './regions';

/** Number of passes of one kind from which making a function pays off. */
const worthwhileRuns = 8;

/**
 * Passes through a network as functions of TensorFlow, one call of the binding each, while one `explain`
 * runs: a pass of one kind and shape runs op by op a few times, is recorded, and is a function from then
 * on. What cannot become a function continues op by op. The values are the same but for rounding.
 */
export class Functions {
  private readonly steps = new Map<string, StepFunction>();
  private readonly variables: Variable[];

  constructor(model: LayersModel) {
    this.variables = model.weights.map((weight) => (weight as unknown as { val: Variable }).val);
  }

  run(kind: string, body: StepBody, inputs: readonly Tensor[]): Tensor[] {
    let step = this.steps.get(kind);
    if (!step) {
      step = new StepFunction(body, { others: this.variables });
      this.steps.set(kind, step);
    }
    return step.run(inputs);
  }

  dispose(): void {
    for (const step of this.steps.values()) step.dispose();
    this.steps.clear();
  }
}

let current: Functions | undefined;

/** Runs `run`, which must not be asynchronous, with its passes as functions unless `runEagerly`. */
export function withFunctions<T>(model: LayersModel, runEagerly: boolean, run: () => T): T {
  const before = current;
  current = runEagerly || !hasNativeOps() ? undefined : new Functions(model);
  try {
    return run();
  } finally {
    current?.dispose();
    current = before;
  }
}

/**
 * Runs a pass as a function where that pays off, else op by op. Not inside a gradient: functions
 * have no gradient.
 *
 * @param kind names what the body computes; a body of the same kind must compute the same
 * @param runs how often passes of this kind and shape are to be expected
 * @param body a function of its inputs and the model's weights alone
 */
export function asFunction(
  kind: string,
  runs: number,
  body: StepBody,
  inputs: readonly Tensor[],
): Tensor[] {
  // Regions are not inputs of the pass and change with each batch.
  if (!current || runs < worthwhileRuns || hasRegions()) return body(inputs);
  return current.run(kind, body, inputs);
}
