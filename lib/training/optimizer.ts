import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node-gpu';
import { type KerasOptimizer, optimizers, TfjsState } from '../ops';
import { GradbookError } from '../runtime';

/** An optimizer, and whether training created it and so has to dispose of it. */
export interface OwnedOptimizer {
  optimizer: Optimizer;
  owned: boolean;
}

/**
 * The optimizer: the given one, else the compiled one, else Adam.
 *
 * @throws GradbookError `unknown-optimizer`
 */
export function resolveOptimizer(
  given: string | Optimizer | undefined,
  model: LayersModel,
  learningRate: number | undefined,
): OwnedOptimizer {
  const chosen = given ?? (model as { optimizer?: Optimizer }).optimizer ?? 'adam';
  if (typeof chosen !== 'string') {
    if (learningRate !== undefined) setLearningRate(chosen, learningRate);
    return { optimizer: chosen, owned: false };
  }
  const make = optimizers[chosen as keyof typeof optimizers];
  if (!make) {
    throw new GradbookError(
      `unknown optimizer: ${chosen}. There are ${Object.keys(optimizers).join(', ')}`,
      'unknown-optimizer',
    );
  }
  return { optimizer: make(learningRate === undefined ? {} : { learningRate }), owned: true };
}

/** The learning rate, as the float32 that the device uses, like Keras's. */
export function learningRateOf(optimizer: Optimizer): number {
  return Math.fround((optimizer as unknown as { learningRate: number }).learningRate);
}

/** Sets the learning rate from the next step on. */
export function setLearningRate(optimizer: Optimizer, learningRate: number): void {
  const settable = optimizer as unknown as {
    learningRate: number;
    setLearningRate?(rate: number): void;
  };
  // tfjs's own SGD stores it as a tensor; the others read the field at each step.
  if (settable.setLearningRate) settable.setLearningRate(learningRate);
  else settable.learningRate = learningRate;
}

/** An optimizer's state with its slots in the order of the model's weights, not by their names. */
export interface PortableState {
  className: string;
  config: Record<string, number | boolean>;
  iterations: number;
  /** One for each of `model.weights`; null where the optimizer has no slots. */
  slots: (Record<string, Float32Array> | null)[];
}

/**
 * Copies the optimizer's state to the host. Names of weights differ from build to build of the same
 * model; their order does not.
 *
 * @throws GradbookError `bad-optimizer` where it is not known what the optimizer keeps
 */
export function optimizerState(optimizer: Optimizer, model: LayersModel): PortableState {
  const { className, config, iterations, slots } = stateful(optimizer).getState();
  return {
    className,
    config,
    iterations,
    slots: weightNames(model).map((name) => slots[name] ?? null),
  };
}

/** Restores a state of `optimizerState`. */
export function setOptimizerState(
  optimizer: Optimizer,
  model: LayersModel,
  state: PortableState,
): void {
  const names = weightNames(model);
  const slots = Object.fromEntries(
    state.slots.flatMap((slot, i) => (slot ? [[names[i]!, slot] as const] : [])),
  );
  stateful(optimizer).setState({ ...state, slots });
}

type Stateful = Pick<KerasOptimizer, 'getState' | 'setState'>;

function findState(optimizer: Optimizer): Stateful | undefined {
  // Not instanceof: in tfjs it is true for any optimizer.
  return 'getState' in optimizer ? (optimizer as KerasOptimizer) : TfjsState.of(optimizer);
}

/** Whether an optimizer's state can be saved and restored exactly. */
export function hasState(optimizer: Optimizer): boolean {
  return findState(optimizer) !== undefined;
}

/**
 * What saves and restores an optimizer's state exactly.
 *
 * @throws GradbookError `bad-optimizer` for optimizers that are neither of `optimizers` nor of `tf.train`
 */
export function stateful(optimizer: Optimizer): Stateful {
  const found = findState(optimizer);
  if (found) return found;
  throw new GradbookError(
    `${optimizer.getClassName()} cannot be backed up, since it is not known what it keeps: use one by its name, such as 'adam', or one of optimizers or tf.train`,
    'bad-optimizer',
  );
}

function weightNames(model: LayersModel): string[] {
  return model.weights.map((weight) => (weight as unknown as { val: { name: string } }).val.name);
}
