import { bytesField, floatBytes, floatField, intField, intsField } from '../protobuf';

// Fields by number are those of onnx/onnx.proto.

/** An attribute of an ONNX node: integers, a list of them, a text, or floating-point. */
export type OnnxAttribute = number | number[] | string | { float: number };

export interface OnnxNode {
  op: string;
  inputs: string[];
  output: string;
  attributes: Record<string, OnnxAttribute>;
}

export interface OnnxTensor {
  name: string;
  shape: number[];
  values: Float32Array | BigInt64Array;
}

/** An input or output: float32 with a dynamic batch dimension. */
export interface OnnxValue {
  name: string;
  shape: number[];
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  tensors: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

/** The operator set that the nodes are of; its ops are understood by ONNX Runtime 1.12 and later. */
const opset = 17;

/** A `ModelProto`. */
export function onnxModel(graph: OnnxGraph): Buffer {
  return Buffer.concat([
    intField(1, 8),
    bytesField(2, 'gradbook'),
    bytesField(
      7,
      ...graph.nodes.map(nodeProto),
      bytesField(2, graph.name),
      ...graph.tensors.map((tensor) => bytesField(5, ...tensorProto(tensor))),
      ...graph.inputs.map((value) => bytesField(11, ...valueInfo(value))),
      ...graph.outputs.map((value) => bytesField(12, ...valueInfo(value))),
    ),
    bytesField(8, bytesField(1, ''), intField(2, opset)),
  ]);
}

function nodeProto({ op, inputs, output, attributes }: OnnxNode): Buffer {
  return bytesField(
    1,
    ...inputs.map((name) => bytesField(1, name)),
    bytesField(2, output),
    bytesField(3, output),
    bytesField(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      bytesField(5, bytesField(1, name), ...attributeValue(value)),
    ),
  );
}

function attributeValue(value: OnnxAttribute): Buffer[] {
  if (typeof value === 'number') return [intField(3, value), intField(20, 2)];
  if (typeof value === 'string') return [bytesField(4, value), intField(20, 3)];
  if (Array.isArray(value)) return [intsField(8, value), intField(20, 7)];
  return [floatField(2, value.float), intField(20, 1)];
}

function tensorProto({ name, shape, values }: OnnxTensor): Buffer[] {
  const floats = values instanceof Float32Array;
  const bytes = floats
    ? floatBytes(values)
    : new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const type = floats ? 1 : 7;
  return [intsField(1, shape), intField(2, type), bytesField(8, name), bytesField(9, bytes)];
}

function valueInfo({ name, shape }: OnnxValue): Buffer[] {
  const dims = [
    bytesField(1, bytesField(2, 'batch')),
    ...shape.map((size) => bytesField(1, intField(1, size))),
  ];
  return [
    bytesField(1, name),
    bytesField(2, bytesField(1, intField(1, 1), bytesField(2, ...dims))),
  ];
}
