import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { Adam, type AdamOptions } from './adam';
import type { NativeUpdate } from './types';

export interface AdamWOptions extends AdamOptions {
  /** Weight decay per step, multiplied by the learning rate. Default 0.004. */
  weightDecay?: number;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019), of every variable, as in Keras. */
export class AdamW extends Adam {
  static override readonly className: string = 'KerasAdamW';
  readonly weightDecay: number;

  constructor({ weightDecay = 0.004, ...options }: AdamWOptions = {}) {
    super(options);
    this.weightDecay = weightDecay;
  }

  override nativeUpdates(): NativeUpdate[] {
    const inputs = ['weight', this.weightDecay * this.learningRate, 'value'];
    return [{ op: 'ResourceApplyGradientDescent', inputs }, ...super.nativeUpdates()];
  }

  override plainUpdate(weight: Tensor, gradient: Tensor, slots: Record<string, Tensor>) {
    const decayed = tf.sub(weight, tf.mul(weight, this.weightDecay * this.learningRate));
    return super.plainUpdate(decayed, gradient, slots);
  }

  override getConfig(): Record<string, number | boolean> {
    return { ...super.getConfig(), weightDecay: this.weightDecay };
  }
}
