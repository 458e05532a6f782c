import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';

interface Waiting {
  outputs: readonly Tensor[];
  take: (values: Float32Array, output: Tensor, index: number) => void;
}

/**
 * Reads the outputs of each batch after the next batch was submitted to the device: a GPU computes
 * one batch while the host reads the one before and prepares the one after. Two batches of outputs
 * are held.
 */
export class ReadBehind {
  private waiting: Waiting | undefined;

  /**
   * @param outputs of one batch; owned by this object from now on
   * @param take called with the values of each
   */
  add(outputs: readonly Tensor[], take: Waiting['take']): void {
    const before = this.waiting;
    this.waiting = { outputs, take };
    if (before) read(before);
  }

  /** Reads the last batch. */
  finish(): void {
    const last = this.waiting;
    this.waiting = undefined;
    if (last) read(last);
  }

  /** Frees unread outputs. */
  dispose(): void {
    tf.dispose([...(this.waiting?.outputs ?? [])]);
    this.waiting = undefined;
  }
}

function read({ outputs, take }: Waiting): void {
  try {
    for (const [i, output] of outputs.entries()) {
      take(output.dataSync() as Float32Array, output, i);
    }
  } finally {
    tf.dispose([...outputs]);
  }
}
