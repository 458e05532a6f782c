import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { LogitActivation } from '../../ops';

/** What a loss is computed from. All tensors are float32 and belong to the caller. */
export interface LossInputs {
  /** `[batch, ..., units]`, one-hot, multi-hot, a mask or plain values. */
  labels: Tensor;
  /** What the model said, the same shape. */
  outputs: Tensor;
  /** What went into the model's last softmax or sigmoid; undefined when there is none. */
  logits: Tensor | undefined;
  /** Which of the two `logits` went into; undefined where the caller vouches that they fit the loss. */
  activation?: LogitActivation | undefined;
  /** Weight of each class, `[units]` (`[2]`, no and yes, for one unit), when weights were given. */
  classWeight?: Tensor;
}

/** A loss to train with. Holds no state. */
export interface Loss {
  /** Keras's name, such as `categorical_crossentropy`. */
  readonly name: string;
  /**
   * Targets are class indices `[batch, ...]` or `[batch, ..., 1]`: the loss and the metrics are given
   * one-hot labels made from them.
   */
  readonly integerLabels?: boolean;
  /**
   * Uses `classWeight` itself. For other losses each example is weighted by its class: that of its
   * largest label, or of its one label.
   */
  readonly weighsClasses?: boolean;
  /** The loss of each example, `[batch]`. Runs inside a `tf.tidy`, under the gradient tape. */
  perExample(inputs: LossInputs): Tensor;
}
