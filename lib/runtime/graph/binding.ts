import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../engine';

/** An output of an op. */
export interface OutputInfo {
  id: number;
  /** Number of the dtype in TensorFlow's `types.proto`. */
  dtype: number;
  shape: number[];
}

/** One attribute of an op, as tfjs-node writes it. */
export interface Attribute {
  name: string;
  /** Number of the attribute's type: one of the binding's `TF_ATTR_…`. */
  type: number;
  value: unknown;
  /** Whether the op has a list there: of what stands between commas, or of the one dtype. */
  list?: boolean;
}

/** tfjs-node's native binding, with the entries that this workspace adds. */
export interface Binding {
  readonly [constant: `TF_${string}`]: number;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): OutputInfo[];
  createTensor(shape: readonly number[], dtype: number, values: ArrayBufferView): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): ArrayBufferView;
  addFunction(
    name: string,
    graph: Uint8Array,
    inputs: readonly string[],
    outputs: readonly string[],
    controlOutputs: readonly string[],
  ): void;
  removeFunction(name: string): void;
  allowTf32(allowed: boolean): void;
  isTf32Allowed(): boolean;
  requireDeterminism(required: boolean): void;
  opList(): Uint8Array;
  registeredKernels(op: string): Uint8Array;
}

/** The data of a tensor. */
export interface StoredData {
  shape: readonly number[];
  dtype: number;
  /** Values that have not been uploaded to TensorFlow yet. */
  values: ArrayBufferView | null;
  id: number;
  refCount: number;
}

export interface NodeBackend {
  binding: Binding;
  tensorMap: {
    get(dataId: object): StoredData;
    set(dataId: object, data: StoredData): void;
    has(dataId: object): boolean;
    delete(dataId: object): boolean;
  };
  createOutputTensor(info: OutputInfo): Tensor;
}

/** tfjs's backend on TensorFlow. */
export function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

export function binding(): Binding {
  return nodeBackend().binding;
}

/** The id of a tensor's data in TensorFlow, uploaded first if necessary. */
export function tensorId(tensor: { dataId: object }): number {
  const stored = nodeBackend().tensorMap.get(tensor.dataId);
  if (stored.values !== null) {
    stored.id = binding().createTensor(stored.shape, stored.dtype, stored.values);
    stored.values = null;
  }
  return stored.id;
}
