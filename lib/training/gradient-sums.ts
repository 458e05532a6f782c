import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import type { CallbackState } from './callbacks/callback';
import type { StoredTensor } from './weights';

/** Gradients that wait for the step that moves the weights. Dispose after use. */
export class GradientSums {
  private count = 0;
  private tensors: Tensor[] | undefined;

  /** @param steps how many batches a step of the optimizer is made from */
  constructor(readonly steps: number) {}

  /** Whether the weights move with the next batch. */
  get isFull(): boolean {
    return this.count === this.steps - 1;
  }

  /** The sums so far, zeros at first. Call inside a `tf.tidy`. */
  carried(variables: readonly Variable[]): Tensor[] {
    return this.tensors ?? variables.map((variable) => tf.zeros(variable.shape));
  }

  /** Takes over the sums after a batch; none after the weights moved. */
  put(tensors: readonly Tensor[]): void {
    tf.dispose(this.tensors);
    this.count = this.isFull ? 0 : this.count + 1;
    this.tensors = tensors.length > 0 ? tensors.map((tensor) => tf.keep(tensor)) : undefined;
  }

  /** For a backup. */
  getState(): CallbackState {
    const tensors = this.tensors?.map((tensor) => ({
      shape: tensor.shape,
      values: tensor.dataSync().slice() as Float32Array,
    }));
    return tensors ? { count: this.count, tensors } : null;
  }

  setState(state: CallbackState): void {
    const given = state as { count: number; tensors: StoredTensor[] } | null;
    tf.dispose(this.tensors);
    this.count = given ? Math.min(given.count, this.steps - 1) : 0;
    this.tensors = given?.tensors.map(({ values, shape }) =>
      tf.keep(tf.tensor(values, shape as number[], 'float32')),
    );
  }

  dispose(): void {
    tf.dispose(this.tensors);
    this.tensors = undefined;
    this.count = 0;
  }
}
