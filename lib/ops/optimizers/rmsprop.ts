import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { KerasOptimizer } from './base';
import type { NativeUpdate } from './types';

export interface RmspropOptions {
  /** Default 0.001. */
  learningRate?: number;
  /** Decay rate of the mean square. Default 0.9. */
  rho?: number;
  /** Default 0: none. */
  momentum?: number;
  /** Default 1e-7. */
  epsilon?: number;
  /** Divide by the gradient's variance rather than its mean square. Default false. */
  centered?: boolean;
}

/**
 * RMSprop (Hinton, 2012) as Keras has it: `v = rho v + (1 - rho) g²;
 * m = momentum m + rate g / sqrt(v + epsilon); w -= m`. Slots: `velocity`, `momentum`, and
 * `averageGradient` when centered.
 */
export class RMSprop extends KerasOptimizer {
  static readonly className = 'KerasRMSprop';
  readonly tfjsName = 'RMSProp';
  learningRate: number;
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;

  constructor({
    learningRate = 0.001,
    rho = 0.9,
    momentum = 0,
    epsilon = 1e-7,
    centered = false,
  }: RmspropOptions = {}) {
    super();
    this.learningRate = learningRate;
    this.rho = rho;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.centered = centered;
  }

  override slotDefaults(): Record<string, number> {
    return { velocity: 0, momentum: 0, ...(this.centered && { averageGradient: 0 }) };
  }

  override nativeUpdates(): NativeUpdate[] {
    const { learningRate, rho, momentum, epsilon, centered } = this;
    const tail = ['velocity', 'momentum', learningRate, rho, momentum, epsilon, 'gradient'];
    return centered
      ? [{ op: 'ResourceApplyCenteredRMSProp', inputs: ['weight', 'averageGradient', ...tail] }]
      : [{ op: 'ResourceApplyRMSProp', inputs: ['weight', ...tail] }];
  }

  override plainUpdate(weight: Tensor, gradient: Tensor, slots: Record<string, Tensor>) {
    const { rho } = this;
    const follow = (slot: Tensor, value: Tensor) =>
      tf.add(tf.mul(slot, rho), tf.mul(value, 1 - rho));
    const next: Record<string, Tensor> = {
      velocity: follow(slots['velocity']!, tf.square(gradient)),
    };
    let denominator = next['velocity']!;
    if (this.centered) {
      next['averageGradient'] = follow(slots['averageGradient']!, gradient);
      denominator = tf.sub(denominator, tf.square(next['averageGradient']));
    }
    const scaled = tf.mul(gradient, this.learningRate);
    const increment = tf.div(scaled, tf.sqrt(tf.add(denominator, this.epsilon)));
    next['momentum'] = tf.add(tf.mul(slots['momentum']!, this.momentum), increment);
    return { weight: tf.sub(weight, next['momentum']), slots: next };
  }

  override getConfig() {
    const { learningRate, rho, momentum, epsilon, centered } = this;
    return { keras: true, learningRate, rho, decay: rho, momentum, epsilon, centered };
  }
}
