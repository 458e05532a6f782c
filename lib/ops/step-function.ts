import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import {
  difference,
  nodeBackend,
  RecordedFunction,
  type Recording,
  type Roles,
  record,
  tensorId,
} from '../runtime';
import type { KerasOptimizer, TfjsState } from './optimizers';
import { currentPrecision } from './precision';

/** A step: computes results from inputs and may update variables. */
export type StepBody = (inputs: readonly Tensor[]) => Tensor[];

export interface StepFunctionOptions {
  /** Updates `trained` once in each step; without one, the step only computes. */
  optimizer?: KerasOptimizer;
  /** Variables that the optimizer updates. Default none. */
  trained?: readonly Variable[];
  /** Other variables that the step reads or assigns, such as moving averages. */
  others: readonly Variable[];
  /** What one of tfjs's own optimizers keeps, if the step ends with its update. */
  state?: TfjsState;
  /** Called once, with the reason why the step keeps running op by op. */
  onFallback?: (reason: string) => void;
}

interface Recorded {
  recording: Recording;
  roles: Roles;
  /** Variables that the step gave new data; their ids are the last outputs. */
  assigned: readonly Variable[];
}

/** Most functions of one step: a batch, the last batch of an epoch, and two more. */
const maxFunctions = 4;
/** Differing recordings before the step stays op by op: values are uploaded late in the first. */
const maxRecordings = 4;

/**
 * Runs a step as one function of TensorFlow, as Keras's `tf.function` does: it runs op by op a few
 * times, is recorded, and from then on is one call of the binding. Each input shape gets its own
 * function. A step that cannot be a function (values read on the host, random numbers drawn in
 * JavaScript, changing shapes) continues op by op. The results are the same.
 */
export class StepFunction {
  private readonly functions = new Map<string, { call: RecordedFunction; recorded: Recorded }>();
  private readonly recordings = new Map<string, { last: Recorded; count: number }>();
  /** What the functions work on: slots of the optimizer, or tfjs's variables. */
  private held: readonly unknown[] = [];
  private givenUp = false;

  constructor(
    private readonly body: StepBody,
    private readonly options: StepFunctionOptions,
  ) {}

  /** Runs the step. Call inside a `tf.tidy`, to which the results belong. */
  run(inputs: readonly Tensor[]): Tensor[] {
    const { optimizer, trained = [], state } = this.options;
    const slots = this.givenUp ? undefined : this.resources();
    if (!slots) return this.body(inputs);
    this.hold(state ? state.variables() : slots);
    const all = state ? [...inputs, ...state.inputs()] : inputs;
    const shapes = all.map(({ shape, dtype }) => `${dtype} ${shape}`);
    const key = [currentPrecision(), state?.settings(), ...shapes].join('; ');
    const found = this.functions.get(key);
    if (!found)
      return this.functions.size < maxFunctions ? this.try(key, inputs) : this.body(inputs);
    for (const [i, slot] of slots.entries()) slot.lend(trained[i]!);
    const backend = nodeBackend();
    const outputs = found.call.call(all.map(tensorId));
    const tensors = outputs.map((output) => backend.createOutputTensor(output));
    const { assigned } = found.recorded;
    for (const [i, tensor] of tensors.splice(tensors.length - assigned.length).entries()) {
      assigned[i]!.assign(tensor);
      tensor.dispose();
    }
    optimizer?.incrementIterations();
    state?.countStep();
    return tensors;
  }

  /** Forgets the functions where they work on other slots or variables than these. */
  private hold(now: readonly unknown[]): void {
    const same = now.length === this.held.length && now.every((one, i) => one === this.held[i]);
    if (!same) this.dispose();
    this.held = now;
  }

  /** The optimizer's resources of the trained variables; undefined where it has none. */
  private resources() {
    const { optimizer, trained = [] } = this.options;
    return optimizer ? optimizer.resourcesOf(trained) : [];
  }

  /** Runs the step op by op and records it; makes it a function once two recordings agree. */
  private try(key: string, inputs: readonly Tensor[]): Tensor[] {
    const { results, recorded } = this.record(inputs);
    const before = this.recordings.get(key);
    const count = (before?.count ?? 0) + 1;
    this.recordings.set(key, { last: recorded, count });
    // A step that failed for one shape is not tried for others.
    if (!before && this.functions.size === 0 && !recorded.recording.problem) return results;
    try {
      const differs =
        before &&
        difference(
          [before.last.recording, before.last.roles],
          [recorded.recording, recorded.roles],
        );
      if (differs && count < maxRecordings) return results;
      if (differs) throw new Error(differs);
      const call = new RecordedFunction(recorded.recording, recorded.roles);
      this.functions.set(key, { call, recorded });
      this.recordings.clear();
    } catch (error) {
      this.dispose();
      this.givenUp = true;
      this.options.onFallback?.((error as Error).message);
    }
    return results;
  }

  private record(inputs: readonly Tensor[]): { results: Tensor[]; recorded: Recorded } {
    const { trained = [], others, state } = this.options;
    const slots = this.resources()!;
    const inputIds = [...inputs, ...(state?.inputs() ?? [])].map(tensorId);
    const resources = new Map(
      slots.map((slot, i) => [slot.sync(trained[i]!), slot.handle] as const),
    );
    const read = [...others, ...(state?.variables() ?? [])];
    const variables = new Map(read.map((variable) => [tensorId(variable), variable] as const));
    const all = [...trained, ...read];
    const data = all.map(({ dataId }) => dataId);
    const { result, recording } = record(() => {
      const results = this.body(inputs);
      const assigned = all.filter(({ dataId }, i) => dataId !== data[i]);
      // What is in bfloat16 becomes float32 inside the step.
      for (const tensor of [...results, ...assigned]) tensorId(tensor);
      return { results, assigned };
    });
    const { results, assigned } = result;
    const outputs = [...results, ...assigned].map(tensorId);
    const roles = { inputs: inputIds, outputs, resources, variables };
    return { results, recorded: { recording, roles, assigned } };
  }

  /** Frees the functions. The step can still be run. */
  dispose(): void {
    for (const { call } of this.functions.values()) call.dispose();
    this.functions.clear();
    this.recordings.clear();
  }
}
