import { sharedState } from '../runtime';

/** The parts of tfjs that this room replaces; each can be turned off with `useNativeOps`. */
export interface NativeOps {
  /** `tf.layers.batchNormalization` as `FusedBatchNormV3`, and frozen layers in inference mode. */
  batchNorm: boolean;
  /** ReLU and ReLU6 gradients as `ReluGrad` and `Relu6Grad`. */
  relu: boolean;
  /** Cross-entropies named in `compile` taken from the logits. */
  lossFromLogits: boolean;
}

/** One replacement of something in tfjs. Both functions may be called twice in a row. */
export interface Replacement {
  enable(): void;
  disable(): void;
}

export type ReplacementName = keyof NativeOps;

/** What is on, and what stays so when `lib` is loaded a second time. */
export const state = sharedState('native-ops', () => ({
  on: {} as Partial<NativeOps>,
}));
