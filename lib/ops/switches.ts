import { sharedState } from '../runtime';

/** The parts of tfjs that `lib/ops` replaces; each can be turned off with `useNativeOps`. */
export interface NativeOps {
  /** `tf.layers.batchNormalization` as `FusedBatchNormV3`, and frozen layers in inference mode. */
  batchNorm: boolean;
  /** `tf.layers.conv2d` and `tf.layers.depthwiseConv2d` with the bias in the op. */
  convolution: boolean;
  /** `tf.layers.dense` with the bias in the op. */
  dense: boolean;
  /** Masks of `tf.layers.dropout` drawn by TensorFlow. */
  dropout: boolean;
  /** Cross-entropies named in `compile` taken from the logits. */
  lossFromLogits: boolean;
  /** oneDNN's kernels for convolutions, batch norms and pooling, on x86 without a GPU. */
  oneDnn: boolean;
  /** `tf.layers.maxPooling2d` with second gradients; with oneDNN also faster. */
  pooling: boolean;
  /** `tf.regularizers.l2` in one pass. */
  regularizer: boolean;
  /** ReLU and ReLU6 gradients as `ReluGrad` and `Relu6Grad`. */
  relu: boolean;
}

/** One replacement of something in tfjs. Both functions may be called twice in a row. */
export interface Replacement {
  enable(): void;
  disable(): void;
}

export type ReplacementName = keyof NativeOps;

/** The current state, kept when `lib` is loaded a second time. */
export const state = sharedState('native-ops', () => ({
  on: {} as Partial<NativeOps>,
}));
