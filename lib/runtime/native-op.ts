import type { DataType, Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { tf } from './engine';
import { GradbookError } from './errors';

/** One attribute of a TensorFlow op, tagged with its type. */
export type OpAttribute =
  | { bool: boolean }
  | { int: number | readonly number[] }
  | { float: number }
  | { string: string }
  | { strings: readonly string[] }
  | { dtypes: readonly [DataType | 'bfloat16'] }
  | { dtype: DataType | 'resource' | 'bfloat16' };

interface NodeBackend {
  binding: Record<string, number>;
  executeMultipleOutputs(
    name: string,
    attributes: readonly object[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}

const resourceType = 20; // DT_RESOURCE in TensorFlow's types.proto
const bfloat16Type = 14; // DT_BFLOAT16

/** Whether TensorFlow's own ops can be called: false on tfjs's plain `cpu` backend. */
export function hasNativeOps(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/**
 * Runs one eager op of libtensorflow by its name in TensorFlow's op registry.
 *
 * @param name such as `FusedBatchNormV3`
 * @param inputs the op's inputs in order, any dtype
 * @param attributes the op's attributes; missing ones have TensorFlow's defaults
 * @param outputs how many tensors the op returns
 * @returns the outputs in order; they belong to the caller (or to the surrounding `tf.tidy`)
 * @throws GradbookError `no-native-ops` on another backend than TensorFlow's
 */
export function nativeOp(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, OpAttribute>>,
  outputs = 1,
): Tensor[] {
  if (!hasNativeOps()) {
    throw new GradbookError(
      `${name} is an op of libtensorflow, but the backend is ${tf.getBackend()}: call tf.setBackend('tensorflow') first`,
      'no-native-ops',
    );
  }
  const backend = tf.backend() as unknown as NodeBackend;
  return backend.executeMultipleOutputs(name, attributesOf(attributes), inputs, outputs);
}

/** Attributes as the binding takes them. */
export function attributesOf(attributes: Readonly<Record<string, OpAttribute>>) {
  const { binding } = tf.backend() as unknown as NodeBackend;
  return Object.entries(attributes).map(([key, attribute]) => {
    if ('bool' in attribute) {
      return { name: key, type: binding['TF_ATTR_BOOL']!, value: attribute.bool };
    }
    if ('int' in attribute) {
      return { name: key, type: binding['TF_ATTR_INT']!, value: attribute.int };
    }
    if ('float' in attribute) {
      return { name: key, type: binding['TF_ATTR_FLOAT']!, value: attribute.float };
    }
    if ('string' in attribute) {
      return { name: key, type: binding['TF_ATTR_STRING']!, value: attribute.string };
    }
    // The binding makes lists of these, which is what the op has there.
    if ('strings' in attribute) {
      const value = attribute.strings.join(',');
      return { name: key, type: binding['TF_ATTR_STRING']!, value, list: true };
    }
    if ('dtypes' in attribute) {
      const value = typeCode(attribute.dtypes[0], binding);
      return { name: key, type: binding['TF_ATTR_TYPE']!, value, list: true };
    }
    return { name: key, type: binding['TF_ATTR_TYPE']!, value: typeCode(attribute.dtype, binding) };
  });
}

function typeCode(
  dtype: DataType | 'resource' | 'bfloat16',
  binding: Record<string, number>,
): number {
  const codes: Record<string, number | undefined> = {
    float32: binding['TF_FLOAT'],
    int32: binding['TF_INT32'],
    bool: binding['TF_BOOL'],
    string: binding['TF_STRING'],
    complex64: binding['TF_COMPLEX64'],
    bfloat16: bfloat16Type,
    resource: binding['TF_RESOURCE'] ?? resourceType,
  };
  return codes[dtype]!;
}
