import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { KerasOptimizer } from './base';
import type { NativeUpdate } from './types';

export interface AdamOptions {
  /** Default 0.001. */
  learningRate?: number;
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

/** Adam (Kingma and Ba, 2015), with epsilon outside the bias correction. Slots: `momentum`, `velocity`. */
export class Adam extends KerasOptimizer {
  static readonly className: string = 'KerasAdam';
  readonly tfjsName = 'Adam';
  learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor({
    learningRate = 0.001,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-7,
  }: AdamOptions = {}) {
    super();
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  override slotDefaults(): Record<string, number> {
    return { momentum: 0, velocity: 0 };
  }

  /** A beta to the power of the step, as float32 has it. */
  private power(beta: number): number {
    return Math.fround(Math.fround(beta) ** (this.iterations + 1));
  }

  override nativeUpdates(): NativeUpdate[] {
    const { learningRate, beta1, beta2, epsilon } = this;
    const powers = [this.power(beta1), this.power(beta2)];
    const slots = ['weight', 'momentum', 'velocity'];
    const inputs = [...slots, ...powers, learningRate, beta1, beta2, epsilon, 'gradient'];
    return [{ op: 'ResourceApplyAdam', inputs }];
  }

  override plainUpdate(weight: Tensor, gradient: Tensor, slots: Record<string, Tensor>) {
    const { learningRate, beta1, beta2, epsilon } = this;
    const correction = Math.sqrt(1 - this.power(beta2)) / (1 - this.power(beta1));
    const follow = (slot: Tensor, value: Tensor, beta: number) =>
      tf.add(slot, tf.mul(tf.sub(value, slot), 1 - beta));
    const momentum = follow(slots['momentum']!, gradient, beta1);
    const velocity = follow(slots['velocity']!, tf.square(gradient), beta2);
    const move = tf.div(
      tf.mul(momentum, learningRate * correction),
      tf.add(tf.sqrt(velocity), epsilon),
    );
    return { weight: tf.sub(weight, move), slots: { momentum, velocity } };
  }

  override getConfig(): Record<string, number | boolean> {
    const { learningRate, beta1, beta2, epsilon } = this;
    return { keras: true, learningRate, beta1, beta2, epsilon };
  }
}
