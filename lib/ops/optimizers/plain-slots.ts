import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { Slots } from './native-slots';
import type { SlotOwner } from './types';

/** A variable's slots as tensors, for backends without TensorFlow's training ops. */
export class PlainSlots implements Slots {
  private slots: Record<string, Tensor> = {};

  constructor(
    private readonly optimizer: SlotOwner,
    shape: number[],
    values?: Record<string, Float32Array>,
  ) {
    for (const [slot, start] of Object.entries(optimizer.slotDefaults())) {
      const saved = values?.[slot];
      this.slots[slot] = tf.keep(
        saved ? tf.tensor(saved.slice(), shape) : tf.fill(shape, start, 'float32'),
      );
    }
  }

  update(variable: Variable, gradient: Tensor): void {
    tf.tidy(() => {
      const next = this.optimizer.plainUpdate(variable, gradient, this.slots);
      variable.assign(next.weight);
      for (const [slot, tensor] of Object.entries(next.slots)) {
        this.slots[slot]!.dispose();
        this.slots[slot] = tf.keep(tensor);
      }
    });
  }

  values(): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.entries(this.slots).map(([slot, tensor]) => [
        slot,
        (tensor.dataSync() as Float32Array).slice(),
      ]),
    );
  }

  dispose(): void {
    tf.dispose(this.slots);
    this.slots = {};
  }
}
