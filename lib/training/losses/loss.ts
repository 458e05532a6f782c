import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { LogitActivation } from '../../ops';

/** Inputs of a loss. All tensors are float32 and belong to the caller. */
export interface LossInputs {
  /** `[batch, ..., units]`, one-hot, multi-hot, a mask or plain values. */
  labels: Tensor;
  /** The model's outputs, the same shape. */
  outputs: Tensor;
  /** The inputs of the model's last softmax or sigmoid; undefined when there is none. */
  logits: Tensor | undefined;
  /** The activation applied to `logits`; undefined where the caller guarantees that they match the loss. */
  activation?: LogitActivation | undefined;
  /** Weight of each class, `[units]` (`[2]`, negative and positive, for one unit), if given. */
  classWeight?: Tensor;
}

/** A loss function. It is stateless. */
export interface Loss {
  /** Keras's name, such as `categorical_crossentropy`. */
  readonly name: string;
  /**
   * Targets are class indices `[batch, ...]` or `[batch, ..., 1]`: the loss and the metrics are given
   * one-hot labels made from them.
   */
  readonly integerLabels?: boolean;
  /**
   * Whether the loss applies `classWeight` itself. For other losses each example is weighted by its
   * class: that of its largest label, or of its only label.
   */
  readonly weighsClasses?: boolean;
  /** The loss of each example, `[batch]`. Runs inside a `tf.tidy`, under the gradient tape. */
  perExample(inputs: LossInputs): Tensor;
}
