import type { Variable } from '@tensorflow/tfjs-node-gpu';

/** What the ids in a recording stand for. */
export interface Roles {
  /** Ids of what is given anew at each call, in order. */
  inputs: readonly number[];
  /** Ids of what is returned, in order. */
  outputs: readonly number[];
  /** Variables kept as resources: from the id of the value to the id of the resource's handle. */
  resources: ReadonlyMap<number, number>;
  /** Other variables by the ids of their values: each call takes the value they have then. */
  variables: ReadonlyMap<number, Variable>;
}
