import type { NamedTensorMap, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { nextScalarChanges, tf } from '../../runtime';
import { checkClass, mismatch } from './state';
import type { OptimizerState } from './types';

/** The fields of tfjs's own optimizers, whichever they have. */
interface Fields {
  learningRate: number;
  setLearningRate?(rate: number): void;
  iterations_?: number;
  incrementIterations(): void;
  [field: string]: unknown;
}

/** A moment or sum of one weight, named `WEIGHT/m` or the like. */
interface Slot {
  originalName: string;
  variable: Variable;
}

const kinds = () => [
  tf.SGDOptimizer,
  tf.MomentumOptimizer,
  tf.AdagradOptimizer,
  tf.AdadeltaOptimizer,
  tf.RMSPropOptimizer,
  tf.AdamOptimizer,
  tf.AdamaxOptimizer,
];

/** Numbers that may change from step to step without changing what the step computes. */
const passed: readonly string[] = ['learningRate', 'iterations_'];

/** What one of tfjs's own optimizers (`tf.train.adam` and others) keeps from step to step. */
export class TfjsState {
  private readonly fields: Fields;

  private constructor(private readonly optimizer: Optimizer) {
    this.fields = optimizer as unknown as Fields;
  }

  /** Undefined for other optimizers, of which it is not known what they keep. */
  static of(optimizer: Optimizer): TfjsState | undefined {
    const prototype: unknown = Object.getPrototypeOf(optimizer);
    return kinds().some((kind) => kind.prototype === prototype)
      ? new TfjsState(optimizer)
      : undefined;
  }

  /** Moments, sums and powers. Those of the trained variables are created in the first step. */
  variables(): Variable[] {
    const slots = this.slots().flatMap(([, list]) => list.map(({ variable }) => variable));
    return [...this.powers().map(([, variable]) => variable), ...slots];
  }

  /** Powers of the decays, or the number of steps. */
  private powers(): [string, Variable][] {
    return Object.entries(this.fields).filter(
      (entry): entry is [string, Variable] => entry[1] instanceof tf.Variable,
    );
  }

  /** Lists with an entry for each weight that had a gradient, in the order of the gradients. */
  private slots(): [string, Slot[]][] {
    return Object.entries(this.fields).flatMap(([name, list]) =>
      Array.isArray(list) ? [[name, list.filter(Boolean) as Slot[]]] : [],
    );
  }

  /** Copies all of it to the host, under the names of the weights. */
  getState(): OptimizerState {
    const { optimizer, fields } = this;
    const config: OptimizerState['config'] = {};
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'iterations_') continue;
      if (typeof value === 'number' || typeof value === 'boolean') config[name] = value;
    }
    for (const [name, variable] of this.powers()) config[name] = variable.dataSync()[0]!;
    const slots: OptimizerState['slots'] = {};
    for (const [field, list] of this.slots()) {
      for (const { originalName, variable } of list) {
        const cut = originalName.lastIndexOf('/');
        const weight = originalName.slice(0, cut);
        slots[weight] ??= {};
        slots[weight][field + originalName.slice(cut)] = variable
          .dataSync()
          .slice() as Float32Array;
      }
    }
    const { iterations_: iterations = 0 } = fields;
    return { className: optimizer.getClassName(), config, iterations, slots };
  }

  /**
   * Restores the state of `getState`, in this process or another, before the next step.
   *
   * @param state with the names that the weights have now, in the order of the gradients
   * @throws GradbookError `bad-state` for the state of another optimizer; `state-mismatch` when the weights do
   *   not match
   */
  setState(state: OptimizerState): void {
    const { optimizer, fields } = this;
    checkClass(state, optimizer.getClassName());
    const entries = Object.entries(state.slots);
    for (const [weight, kept] of entries) checkSizes(weight, kept);
    const { learningRate } = state.config;
    if (typeof learningRate === 'number') {
      if (fields.setLearningRate) fields.setLearningRate(learningRate);
      else fields.learningRate = learningRate;
    }
    fields.iterations_ = state.iterations;
    for (const [name, variable] of this.powers()) {
      tf.tidy(() => variable.assign(tf.scalar(Number(state.config[name]))));
    }
    for (const { variable } of this.slots().flatMap(([, list]) => list)) variable.dispose();
    for (const [field] of this.slots()) {
      fields[field] = entries.flatMap(([weight, kept]) => slotsOf(field, weight, kept));
    }
  }

  /** SGD's negative learning rate: another tensor once the rate was set. */
  inputs(): Tensor[] {
    const rate = this.fields['c'] as Tensor | undefined;
    return rate ? [rate] : [];
  }

  /** The decays and other numbers that stand in the step as constants. */
  settings(): string {
    const constant = Object.entries(this.fields).filter(
      ([name, value]) =>
        !passed.includes(name) && ['number', 'boolean', 'string'].includes(typeof value),
    );
    return JSON.stringify(constant);
  }

  /** As the optimizer's own. In a recorded step the learning rate is the one at each run. */
  applyGradients(gradients: NamedTensorMap): void {
    const { fields } = this;
    const own = Object.getOwnPropertyDescriptor(fields, 'learningRate')!;
    const rate = () => fields.learningRate;
    Object.defineProperty(fields, 'learningRate', {
      configurable: true,
      enumerable: true,
      get: () => {
        nextScalarChanges(rate);
        return own.value as number;
      },
    });
    try {
      this.optimizer.applyGradients(gradients);
    } finally {
      Object.defineProperty(fields, 'learningRate', own);
    }
  }

  /** Counts a step that ran as a function. */
  countStep(): void {
    this.fields.incrementIterations();
  }
}

function checkSizes(weight: string, kept: Record<string, Float32Array>): void {
  const size = tf.engine().registeredVariables[weight]?.size ?? 0;
  for (const [key, { length }] of Object.entries(kept)) {
    if (length === size) continue;
    throw mismatch(`${key} has ${length} values and the weight ${weight} has ${size}`);
  }
}

/** The slot that one list keeps of a weight, or none. */
function slotsOf(field: string, weight: string, kept: Record<string, Float32Array>): Slot[] {
  const key = Object.keys(kept).find((name) => name.startsWith(`${field}/`));
  if (key === undefined) return [];
  const { shape } = tf.engine().registeredVariables[weight]!;
  const variable = tf.tidy(() => tf.tensor(kept[key]!, shape).variable(false));
  return [{ originalName: weight + key.slice(field.length), variable }];
}
