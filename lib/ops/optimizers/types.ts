import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** The complete state of an optimizer as plain values: enough to continue bit for bit. */
export interface OptimizerState {
  className: string;
  /** The options, with the learning rate as it was. */
  config: Record<string, number | boolean>;
  iterations: number;
  /** Slots by the name of the variable, then by the slot's own name. */
  slots: Record<string, Record<string, Float32Array>>;
}

export type TfjsOptimizerName = 'SGD' | 'Momentum' | 'Adagrad' | 'RMSProp' | 'Adam';

/** A variable and its slots after a step, as new tensors. */
export interface PlainUpdate {
  weight: Tensor;
  slots: Record<string, Tensor>;
}

/** One op of TensorFlow that updates a variable. */
export interface NativeUpdate {
  op: string;
  /** `weight`, `value` (the weight as a tensor), `gradient`, a slot's name, or a number. */
  inputs: (string | number)[];
  flags?: Record<string, boolean>;
}

/** What slots need of their optimizer. */
export interface SlotOwner {
  /** The slots and what they start with. */
  slotDefaults(): Record<string, number>;
  /** A step in tfjs's ops: the new weight and the new slots. */
  plainUpdate(weight: Tensor, gradient: Tensor, slots: Record<string, Tensor>): PlainUpdate;
}
