import type { Attribute } from './binding';
import { ProtoWriter } from './protobuf';

// Field numbers are those of TensorFlow's graph.proto, node_def.proto, attr_value.proto,
// tensor.proto and tensor_shape.proto.

/** DT_… of TensorFlow's `types.proto`. */
export const dtypes = { float32: 1, int32: 3, bfloat16: 14, resource: 20 } as const;

/** An attribute of a node: one of tfjs-node's, or one by the field of `AttrValue` that holds it. */
export type NodeAttribute = Attribute | { name: string; encoded: ProtoWriter };

/** One node of a graph. */
export interface GraphNode {
  name: string;
  op: string;
  /** `node`, `node:output` or, for a control input, `^node`. */
  inputs: readonly string[];
  attributes: readonly NodeAttribute[];
}

/** Whether an input is a control input: `^node`. */
export const isControl = (input: string): boolean => input.startsWith('^');

/** The node that an input or output refers to. */
export const nodeOf = (reference: string): string => reference.replace(/^\^/, '').split(':')[0]!;

// The order of the binding's TF_ATTR_… constants, and the fields of AttrValue and its ListValue.
const attributeKinds = ['s', 'i', 'f', 'b', 'type', 'shape'] as const;
const attributeFields = { s: 2, i: 3, f: 4, b: 5, type: 6, shape: 7 } as const;

function writeValue(
  writer: ProtoWriter,
  kind: (typeof attributeKinds)[number],
  value: unknown,
): void {
  const field = attributeFields[kind];
  if (kind === 's') writer.string(field, value as string);
  else if (kind === 'f') writer.float(field, value as number);
  else if (kind === 'shape') writer.message(field, shapeOf(value as number[]));
  else writer.integer(field, Number(value));
}

function split(value: unknown): unknown[] {
  return typeof value === 'string' ? value.split(',') : [value];
}

function encodeAttribute(attribute: NodeAttribute): ProtoWriter {
  if ('encoded' in attribute) return attribute.encoded;
  const kind = attributeKinds[attribute.type]!;
  const value = attribute.list ? [attribute.value].flatMap(split) : attribute.value;
  const writer = new ProtoWriter();
  if (!Array.isArray(value) || kind === 'shape') {
    writeValue(writer, kind, value);
    return writer;
  }
  const list = new ProtoWriter();
  for (const element of value) writeValue(list, kind, element);
  return writer.message(1, list);
}

function shapeOf(shape: readonly number[]): ProtoWriter {
  const writer = new ProtoWriter();
  for (const length of shape) writer.message(2, new ProtoWriter().integer(1, length));
  return writer;
}

/** An attribute that names a dtype. */
export function typeAttribute(name: string, dtype: number): NodeAttribute {
  return { name, encoded: new ProtoWriter().integer(6, dtype) };
}

/** An attribute that is an integer. */
export function integerAttribute(name: string, value: number): NodeAttribute {
  return { name, encoded: new ProtoWriter().integer(3, value) };
}

/** A node with a constant output. */
export function constantNode(
  name: string,
  dtype: number,
  shape: readonly number[],
  values: Uint8Array,
): GraphNode {
  const tensor = new ProtoWriter().integer(1, dtype).message(2, shapeOf(shape)).bytes(4, values);
  return {
    name,
    op: 'Const',
    inputs: [],
    attributes: [
      typeAttribute('dtype', dtype),
      { name: 'value', encoded: new ProtoWriter().message(8, tensor) },
    ],
  };
}

/** A placeholder node for an input. */
export function placeholderNode(name: string, dtype: number): GraphNode {
  return { name, op: 'Placeholder', inputs: [], attributes: [typeAttribute('dtype', dtype)] };
}

/** Writes a `GraphDef`. */
export function encodeGraph(nodes: readonly GraphNode[]): Uint8Array {
  // No compatibility rules for old graphs.
  const producer = 1500;
  const graph = new ProtoWriter().message(4, new ProtoWriter().integer(1, producer));
  for (const { name, op, inputs, attributes } of nodes) {
    const node = new ProtoWriter().string(1, name).string(2, op);
    for (const input of inputs) node.string(3, input);
    for (const attribute of attributes) {
      const entry = new ProtoWriter()
        .string(1, attribute.name)
        .message(2, encodeAttribute(attribute));
      node.message(5, entry);
    }
    graph.message(1, node);
  }
  return graph.finish();
}
