import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { ExportedFiles } from '../export-types';
import { type Graph, type GraphNode, graphOf } from '../graph';
import { bytesField, floatBytes, floatField, intField, intsField } from '../protobuf';
import { type Attribute, type TensorFlowNode, tensorFlowNodes } from './nodes';

// Fields by number are those of tensorflow/core/protobuf: saved_model.proto, meta_graph.proto,
// graph.proto, node_def.proto, attr_value.proto, tensor.proto, tensor_shape.proto.

/**
 * A model as a TensorFlow SavedModel for inference: one graph tagged `serve`, weights as constants,
 * the signature `serving_default` with the names of inputs and outputs.
 *
 * @throws GradbookError `unsupported-layer`
 */
export async function savedModelFolder(model: LayersModel): Promise<ExportedFiles> {
  const graph = graphOf(model);
  const meta = [
    bytesField(1, bytesField(4, 'serve'), bytesField(5, '2.21.0')),
    bytesField(2, ...tensorFlowNodes(graph).map(nodeDef), bytesField(4, intField(1, 1087))),
    bytesField(5, bytesField(1, 'serving_default'), bytesField(2, ...signature(graph))),
  ];
  return new Map([['saved_model.pb', Buffer.concat([intField(1, 1), bytesField(2, ...meta)])]]);
}

function signature(graph: Graph): Buffer[] {
  const entry = (field: number, name: string, node: GraphNode) =>
    bytesField(
      field,
      bytesField(1, name),
      bytesField(
        2,
        bytesField(1, `${node.name}:0`),
        intField(2, 1),
        bytesField(3, ...dims([null, ...node.shape])),
      ),
    );
  return [
    ...graph.inputs.map((node) => entry(1, node.name, node)),
    ...graph.outputs.map(({ name, node }) => entry(2, name, node)),
    bytesField(3, 'tensorflow/serving/predict'),
  ];
}

function dims(shape: readonly (number | null)[]): Buffer[] {
  return shape.map((size) => bytesField(2, intField(1, size ?? -1)));
}

function nodeDef({ name, op, input, attr, constant }: TensorFlowNode): Buffer {
  const attributes = Object.entries(attr).map(([key, value]): [string, Buffer] => [
    key,
    attrValue(value),
  ]);
  if (constant) {
    const { shape, values } = constant;
    const floats = values instanceof Float32Array;
    const content = floats ? floatBytes(values) : new Uint8Array(values.buffer);
    const tensor = [
      intField(1, floats ? 1 : 3),
      bytesField(2, ...dims(shape)),
      bytesField(4, content),
    ];
    attributes.push(['value', bytesField(8, ...tensor)]);
  }
  return bytesField(
    1,
    bytesField(1, name),
    bytesField(2, op),
    ...input.map((from) => bytesField(3, from)),
    ...attributes.map(([key, value]) => bytesField(5, bytesField(1, key), bytesField(2, value))),
  );
}

function attrValue(value: Attribute): Buffer {
  if ('type' in value) return intField(6, value.type === 'float' ? 1 : 3);
  if ('s' in value) return bytesField(2, value.s);
  if ('i' in value) return intField(3, value.i);
  if ('f' in value) return floatField(4, value.f);
  if ('b' in value) return intField(5, value.b ? 1 : 0);
  if ('ints' in value) return bytesField(1, intsField(3, value.ints));
  return bytesField(7, ...dims(value.shape));
}
