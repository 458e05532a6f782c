import type { NamedTensorMap, serialization, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, hasNativeOps, tf } from '../../runtime';
import { NativeSlots, NativeStep, type Slots } from './native-slots';
import { PlainSlots } from './plain-slots';
import { checkClass, matchState } from './state';
import type { NativeUpdate, OptimizerState, PlainUpdate, TfjsOptimizerName } from './types';

interface NamedTensor {
  name: string;
  tensor: Tensor;
}

/**
 * An optimizer with Keras's defaults and Keras's arithmetic that updates a variable in one op of
 * TensorFlow, in place. On another backend it computes the same with tfjs ops.
 *
 * It is a `tf.Optimizer`: give it to `model.compile`, or call `minimize` or `applyGradients`.
 * `dispose` frees its slots; the variables stay.
 */
export abstract class KerasOptimizer extends tf.Optimizer {
  /** May be read and set at any time; the next step uses it. */
  abstract learningRate: number;

  private readonly slotsOf = new Map<Variable, { name: string; slots: Slots; native: boolean }>();
  private pending: OptimizerState['slots'] | undefined;

  /** The slots and what they start with. */
  abstract slotDefaults(): Record<string, number>;

  /** The ops of the current step, after `iterations` steps. */
  abstract nativeUpdates(): NativeUpdate[];

  /** The same step in tfjs's ops: the new weight and the new slots. */
  abstract plainUpdate(
    weight: Tensor,
    gradient: Tensor,
    slots: Record<string, Tensor>,
  ): PlainUpdate;

  abstract override getConfig(): Record<string, number | boolean> & serialization.ConfigDict;

  override applyGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    const list = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const pairs = list
      .filter(({ tensor }) => tensor != null)
      .map(({ name, tensor }) => ({ variable: variableNamed(name), tensor }));
    this.prepare(pairs.map(({ variable }) => variable));
    const step = new NativeStep(() => (hasNativeOps() ? this.nativeUpdates() : []));
    try {
      for (const { variable, tensor } of pairs) {
        this.slotsOf.get(variable)!.slots.update(variable, tensor, step);
      }
    } finally {
      step.dispose();
    }
    this.incrementIterations();
  }

  /**
   * The resources of variables, for a step that runs as a function and ends with
   * `incrementIterations`. Undefined where an ordinary step has to be made first.
   */
  resourcesOf(variables: readonly Variable[]): NativeSlots[] | undefined {
    if (this.pending || !hasNativeOps()) return undefined;
    const found = variables.map((variable) => this.slotsOf.get(variable)?.slots);
    return found.every((slots): slots is NativeSlots => slots instanceof NativeSlots)
      ? found
      : undefined;
  }

  /** Counts a step that ran as a function. */
  override incrementIterations(): void {
    super.incrementIterations();
  }

  /** Creates missing slots of the variables on the backend in use. */
  private prepare(variables: Variable[]): void {
    const native = hasNativeOps();
    const restored = this.pending
      ? matchState(this.pending, variables, this.slotDefaults())
      : undefined;
    this.pending = undefined;
    for (const variable of variables) {
      const entry = this.slotsOf.get(variable);
      const values =
        restored?.get(variable) ?? (entry?.native === native ? undefined : entry?.slots.values());
      if (entry && !values) continue;
      entry?.slots.dispose();
      const make = native ? NativeSlots : PlainSlots;
      const slots = new make(this, variable.shape, values);
      this.slotsOf.set(variable, { name: variable.name, slots, native });
    }
  }

  /**
   * The name of tfjs's own optimizer of this kind, which is written to models saved with
   * `includeOptimizer` so that plain tfjs reads them.
   */
  abstract readonly tfjsName: TfjsOptimizerName;

  override getClassName(): string {
    return this.tfjsName;
  }

  /** The class name, which distinguishes optimizers of one tfjs name, such as Adam and AdamW. */
  private get ownName(): string {
    return (this.constructor as unknown as { className: string }).className;
  }

  /** How many steps were made. Settable, for resuming. */
  override get iterations(): number {
    return this.iterations_ ?? 0;
  }

  override set iterations(value: number) {
    this.iterations_ = value;
  }

  /** A copy of everything, for a checkpoint. Waits for the device. */
  getState(): OptimizerState {
    const slots: OptimizerState['slots'] = { ...this.pending };
    for (const entry of this.slotsOf.values()) slots[entry.name] = entry.slots.values();
    return {
      className: this.ownName,
      config: this.getConfig(),
      iterations: this.iterations,
      slots,
    };
  }

  /**
   * Restores the state of `getState`, in this process or another. Variables are matched by name
   * at the next step, or, when none of the names is known, by their order and sizes (a model that
   * was built twice in one process has other names the second time).
   *
   * @throws GradbookError `bad-state` for the state of another optimizer; `state-mismatch` at the
   *   next step when the variables do not match
   */
  setState(state: OptimizerState): void {
    checkClass(state, this.ownName);
    const { learningRate } = state.config;
    if (typeof learningRate === 'number') this.learningRate = learningRate;
    this.iterations = state.iterations;
    this.forget();
    this.pending = state.slots;
  }

  /** For tfjs's own saving with `includeOptimizer`. */
  override async getWeights(): Promise<NamedTensor[]> {
    const weights = [await this.saveIterations()];
    const { slots } = this.getState();
    const shapes = new Map([...this.slotsOf].map(([{ shape }, { name }]) => [name, shape]));
    // Slot by slot, each in the order of the variables, as tfjs's optimizers read them.
    for (const slot of Object.keys(this.slotDefaults())) {
      for (const [variable, { [slot]: values }] of Object.entries(slots)) {
        if (!values) continue;
        const tensor = tf.tensor(values, shapes.get(variable) ?? [values.length]);
        weights.push({ name: `${variable}/${slot}`, tensor });
      }
    }
    return weights;
  }

  /** For tfjs's own loading. */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const slots: OptimizerState['slots'] = {};
    for (const { name, tensor } of await this.extractIterations(weights)) {
      const cut = name.lastIndexOf('/');
      const values = (await tensor.data()) as Float32Array;
      const variable = name.slice(0, cut);
      slots[variable] = { ...slots[variable], [name.slice(cut + 1)]: values.slice() };
    }
    this.forget();
    this.pending = slots;
  }

  private forget(): void {
    for (const { slots } of this.slotsOf.values()) slots.dispose();
    this.slotsOf.clear();
  }

  override dispose(): void {
    this.forget();
    this.pending = undefined;
  }
}

function variableNamed(name: string): Variable {
  const variable = tf.engine().registeredVariables[name];
  if (!variable) {
    throw new GradbookError(`no variable is called ${name}: it was disposed`, 'no-variable');
  }
  return variable;
}
