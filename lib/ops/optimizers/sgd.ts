import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { KerasOptimizer } from './base';
import type { NativeUpdate, PlainUpdate } from './types';

export interface SgdOptions {
  /** Default 0.01. */
  learningRate?: number;
  /** Default 0: none. */
  momentum?: number;
  /** Nesterov's momentum. Default false. */
  nesterov?: boolean;
}

/** Gradient descent, with momentum `m = momentum m - rate g; w += m`. Slot: `momentum`. */
export class SGD extends KerasOptimizer {
  static readonly className = 'KerasSGD';
  get tfjsName() {
    return this.momentum === 0 ? ('SGD' as const) : ('Momentum' as const);
  }
  learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;

  constructor({ learningRate = 0.01, momentum = 0, nesterov = false }: SgdOptions = {}) {
    super();
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  override slotDefaults(): Record<string, number> {
    return this.momentum === 0 ? {} : { momentum: 0 };
  }

  override nativeUpdates(): NativeUpdate[] {
    if (this.momentum === 0) {
      const inputs = ['weight', this.learningRate, 'gradient'];
      return [{ op: 'ResourceApplyGradientDescent', inputs }];
    }
    const inputs = ['weight', 'momentum', this.learningRate, 'gradient', this.momentum];
    const flags = { use_nesterov: this.nesterov };
    return [{ op: 'ResourceApplyKerasMomentum', inputs, flags }];
  }

  override plainUpdate(
    weight: Tensor,
    gradient: Tensor,
    slots: Record<string, Tensor>,
  ): PlainUpdate {
    const descent = tf.mul(gradient, -this.learningRate);
    if (this.momentum === 0) return { weight: tf.add(weight, descent), slots: {} };
    const momentum = tf.add(tf.mul(slots['momentum']!, this.momentum), descent);
    const move = this.nesterov ? tf.add(tf.mul(momentum, this.momentum), descent) : momentum;
    return { weight: tf.add(weight, move), slots: { momentum } };
  }

  override getConfig() {
    const { learningRate, momentum, nesterov } = this;
    return { keras: true, learningRate, momentum, nesterov, useNesterov: nesterov };
  }
}
