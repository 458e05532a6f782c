import type { WeightArray } from './weight-map';
import { wireFields } from './wire';

// Field numbers of TensorFlow's graph.proto, node_def.proto, attr_value.proto, tensor.proto.
const graph = { node: 1 };
const node = { name: 1, op: 2, attr: 5 };
const entry = { key: 1, value: 2 };
const attr = { tensor: 8 };
const tensor = { dtype: 1, shape: 2, content: 4 };
const shape = { dim: 2 };
const dim = { size: 1 };
const float32 = 1;

/**
 * The float32 constants of a frozen TensorFlow graph by their node's name.
 *
 * @param graphDef the bytes of a `.pb` file
 */
export function graphConstants(graphDef: Uint8Array): Map<string, WeightArray> {
  const constants = new Map<string, WeightArray>();
  for (const bytes of messages(graphDef, graph.node)) {
    if (text(bytes, node.op) !== 'Const') continue;
    for (const attribute of messages(bytes, node.attr)) {
      if (text(attribute, entry.key) !== 'value') continue;
      const value = first(first(attribute, entry.value), attr.tensor);
      const constant = value && readTensor(value);
      if (constant) constants.set(text(bytes, node.name), constant);
    }
  }
  return constants;
}

function readTensor(bytes: Uint8Array): WeightArray | undefined {
  let dtype = 0;
  for (const field of wireFields(bytes)) {
    if (field.number === tensor.dtype) dtype = field.value ?? 0;
  }
  const content = first(bytes, tensor.content);
  if (dtype !== float32 || !content) return undefined;
  const sizes = [...messages(first(bytes, tensor.shape) ?? new Uint8Array(), shape.dim)].map(
    (part) => {
      for (const field of wireFields(part)) {
        if (field.number === dim.size) return field.value ?? 0;
      }
      return 0;
    },
  );
  // A copy, since the content need not start at a multiple of four bytes. (A Buffer's `slice` is none.)
  return { shape: sizes, values: new Float32Array(new Uint8Array(content).buffer) };
}

function* messages(bytes: Uint8Array, number: number): Generator<Uint8Array> {
  for (const field of wireFields(bytes)) {
    if (field.number === number && field.bytes) yield field.bytes;
  }
}

function first(bytes: Uint8Array | undefined, number: number): Uint8Array | undefined {
  return bytes && messages(bytes, number).next().value;
}

function text(bytes: Uint8Array, number: number): string {
  return new TextDecoder().decode(first(bytes, number) ?? new Uint8Array());
}
