import type { Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';

// TensorFlow's training ops update a "resource", a buffer that they own, in place. This file keeps
// such buffers by the ids of tfjs-node's binding; none of them is a tf.Tensor.

interface OutputInfo {
  id: number;
}

interface Binding extends Record<string, unknown> {
  executeOp(name: string, attributes: object[], inputs: number[], outputs: number): OutputInfo[];
  createTensor(shape: readonly number[], dtype: number, values: ArrayBufferView): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
}

interface StoredTensor {
  shape: readonly number[];
  dtype: number;
  values: ArrayBufferView | null;
  id: number;
  refCount: number;
}

interface NodeBackend {
  binding: Binding;
  tensorMap: { get(dataId: object): StoredTensor };
  createOutputTensor(info: OutputInfo): import('@tensorflow/tfjs-node-gpu').Tensor;
}

function backend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/** One attribute as the binding takes it. `kind` is the end of the binding's constant's name. */
export function attribute(kind: 'BOOL' | 'TYPE', name: string, value: unknown): object {
  return { name, type: backend().binding[`TF_ATTR_${kind}`], value };
}

/** A float32 scalar by its id; to be deleted with `deleteIds`. */
export function scalarId(value: number): number {
  const { binding } = backend();
  return binding.createTensor([], binding['TF_FLOAT'] as number, Float32Array.of(value));
}

export function deleteIds(ids: Iterable<number>): void {
  for (const id of ids) backend().binding.deleteTensor(id);
}

/** The id of a tensor's data in TensorFlow, uploaded first if necessary. */
export function idOf(tensor: { dataId: object }): number {
  const stored = backend().tensorMap.get(tensor.dataId);
  if (stored.values !== null) {
    stored.id = backend().binding.createTensor(stored.shape, stored.dtype, stored.values);
    stored.values = null;
  }
  return stored.id;
}

/** A float32 buffer that TensorFlow's training ops can update in place. */
export class Resource {
  /** The id of the resource's handle, as training ops take it. */
  readonly handle: number;

  constructor(readonly shape: readonly number[]) {
    const { binding } = backend();
    const attributes = [
      attribute('TYPE', 'dtype', binding['TF_FLOAT']),
      { name: 'shape', type: binding['TF_ATTR_SHAPE'], value: [...shape] },
      // TensorFlow's name for a resource that lives as long as its handles: nothing to destroy.
      {
        name: 'shared_name',
        type: binding['TF_ATTR_STRING'],
        value: 'cd2c89b7-88b7-44c8-ad83-06c2a9158347',
      },
    ];
    this.handle = binding.executeOp('VarHandleOp', attributes, [], 1)[0]!.id;
  }

  /** Takes over the value of the tensor with this id; the buffer is shared until either changes. */
  assignId(id: number): void {
    const type = attribute('TYPE', 'dtype', backend().binding['TF_FLOAT']);
    backend().binding.executeOp('AssignVariableOp', [type], [this.handle, id], 0);
  }

  assign(values: Float32Array): void {
    const { binding } = backend();
    // A copy: TensorFlow would otherwise keep using the caller's array.
    const id = binding.createTensor(this.shape, binding['TF_FLOAT'] as number, values.slice());
    this.assignId(id);
    binding.deleteTensor(id);
  }

  /** The id of the current value; to be deleted by the caller. */
  readId(): number {
    return this.read().id;
  }

  private read(): OutputInfo {
    const type = attribute('TYPE', 'dtype', backend().binding['TF_FLOAT']);
    return backend().binding.executeOp('ReadVariableOp', [type], [this.handle], 1)[0]!;
  }

  values(): Float32Array {
    const id = this.readId();
    const values = backend().binding.tensorDataSync(id);
    backend().binding.deleteTensor(id);
    return values;
  }

  /** Writes the current value to a tf.Variable whose data is not shared. */
  publish(variable: Variable): number {
    const stored = backend().tensorMap.get(variable.dataId);
    const output = this.read();
    if (stored.refCount === 1) {
      if (stored.id >= 0) backend().binding.deleteTensor(stored.id);
      stored.id = output.id;
      stored.values = null;
      return output.id;
    }
    const tensor = backend().createOutputTensor(output);
    variable.assign(tensor);
    tensor.dispose();
    return output.id;
  }

  dispose(): void {
    backend().binding.deleteTensor(this.handle);
  }
}

/**
 * Releases a variable's value before its resource is updated: TensorFlow updates a buffer in place
 * only when it is not shared. `publish` gives the variable a value again.
 */
export function release(variable: Variable): void {
  const stored = backend().tensorMap.get(variable.dataId);
  if (stored.refCount !== 1) return;
  backend().binding.deleteTensor(stored.id);
  stored.id = -1;
}

/** Runs a training op that returns nothing. */
export function run(name: string, inputs: number[], flags: Record<string, boolean> = {}): void {
  const attributes = [
    attribute('TYPE', 'T', backend().binding['TF_FLOAT']),
    ...Object.entries(flags).map(([flag, value]) => attribute('BOOL', flag, value)),
  ];
  backend().binding.executeOp(name, attributes, inputs, 0);
}
