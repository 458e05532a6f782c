import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { KerasOptimizer } from './base';
import type { NativeUpdate } from './types';

export interface AdagradOptions {
  /** Default 0.001. */
  learningRate?: number;
  /** Default 0.1. */
  initialAccumulator?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

/**
 * Adagrad (Duchi et al., 2011): `a += g²; w -= rate g / sqrt(a + epsilon)`. Slot: `accumulator`,
 * which holds `a + epsilon`, since TensorFlow's op has no epsilon inside the square root.
 */
export class Adagrad extends KerasOptimizer {
  static readonly className = 'KerasAdagrad';
  readonly tfjsName = 'Adagrad';
  learningRate: number;
  readonly initialAccumulator: number;
  readonly epsilon: number;

  constructor({
    learningRate = 0.001,
    initialAccumulator = 0.1,
    epsilon = 1e-7,
  }: AdagradOptions = {}) {
    super();
    this.learningRate = learningRate;
    this.initialAccumulator = initialAccumulator;
    this.epsilon = epsilon;
  }

  override slotDefaults(): Record<string, number> {
    return { accumulator: this.initialAccumulator + this.epsilon };
  }

  override nativeUpdates(): NativeUpdate[] {
    const inputs = ['weight', 'accumulator', this.learningRate, 'gradient'];
    return [{ op: 'ResourceApplyAdagrad', inputs }];
  }

  override plainUpdate(weight: Tensor, gradient: Tensor, slots: Record<string, Tensor>) {
    const accumulator = tf.add(slots['accumulator']!, tf.square(gradient));
    const move = tf.div(tf.mul(gradient, this.learningRate), tf.sqrt(accumulator));
    return { weight: tf.sub(weight, move), slots: { accumulator } };
  }

  override getConfig() {
    const { learningRate, initialAccumulator, epsilon } = this;
    return {
      keras: true,
      learningRate,
      initialAccumulator,
      initialAccumulatorValue: initialAccumulator,
      epsilon,
    };
  }
}
