import type { Variable } from '@tensorflow/tfjs-node-gpu';

/** The roles of ids in a recording. */
export interface Roles {
  /** Ids of the inputs of each call, in order. */
  inputs: readonly number[];
  /** Ids of the outputs, in order. */
  outputs: readonly number[];
  /** Variables kept as resources: from the id of the value to the id of the resource's handle. */
  resources: ReadonlyMap<number, number>;
  /** Other variables by the ids of their values: each call uses their current values. */
  variables: ReadonlyMap<number, Variable>;
}
