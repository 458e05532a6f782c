import type { NamedTensorMap, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { nextScalarChanges, tf } from '../../runtime';

/** The fields of tfjs's own optimizers, whichever they have. */
interface Fields {
  learningRate: number;
  incrementIterations(): void;
  [field: string]: unknown;
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
    return Object.values(this.fields).flatMap((field) => {
      if (field instanceof tf.Variable) return [field];
      return Array.isArray(field) ? field.flatMap((slot) => slot?.variable ?? []) : [];
    });
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
