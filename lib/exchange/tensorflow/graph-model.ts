import type { io } from '@tensorflow/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { ExportedFiles } from '../export-types';
import { type Graph, type GraphNode, graphOf } from '../graph';
import { toHalf } from '../half';
import { modelFiles } from '../tfjs-layers';
import { type Attribute, type TensorFlowNode, tensorFlowNodes } from './nodes';

/**
 * A model as the folder of a tfjs graph model, for `tf.loadGraphModel`: for inference only, batch
 * norms multiplied into the weights before them. With float16 the weights take half the bytes and are
 * float32 again once they are loaded.
 *
 * @throws GradbookError `unsupported-layer`
 */
export async function graphModelFolder(
  model: LayersModel,
  { float16 = false }: { float16?: boolean },
): Promise<ExportedFiles> {
  const graph = graphOf(model);
  const nodes = tensorFlowNodes(graph);
  const weights: io.WeightsManifestEntry[] = [];
  const parts: Uint8Array[] = [];
  for (const { name, constant } of nodes) {
    if (!constant) continue;
    const { shape, values } = constant;
    const floats = values instanceof Float32Array;
    const half = float16 && floats;
    weights.push({
      name,
      shape,
      dtype: floats ? 'float32' : 'int32',
      ...(half ? { quantization: { dtype: 'float16', original_dtype: 'float32' } } : {}),
    } as io.WeightsManifestEntry);
    const array = half ? Uint16Array.from(values, toHalf) : values;
    parts.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  const head = {
    format: 'graph-model',
    generatedBy: `TensorFlow.js tfjs-layers v${tf.version_layers}`,
    convertedBy: 'gradbook',
    signature: signatureOf(graph),
    modelTopology: { node: nodes.map(jsonNode), versions: { producer: 1087 } },
  };
  return modelFiles(head, weights, Buffer.concat(parts));
}

function signatureOf(graph: Graph): object {
  const info = ({ name, shape }: GraphNode) => ({
    name: `${name}:0`,
    dtype: 'DT_FLOAT',
    tensorShape: { dim: [{ size: '-1' }, ...shape.map((size) => ({ size: String(size) }))] },
  });
  return {
    inputs: Object.fromEntries(graph.inputs.map((node) => [node.name, info(node)])),
    outputs: Object.fromEntries(graph.outputs.map(({ name, node }) => [name, info(node)])),
  };
}

function jsonNode({ name, op, input, attr, constant }: TensorFlowNode): object {
  const attributes = Object.entries(attr).map(([key, value]) => [key, jsonAttribute(value)]);
  if (constant) {
    const dim = constant.shape.map((size) => ({ size: String(size) }));
    const dtype = typeName(constant.values instanceof Float32Array ? 'float' : 'int');
    attributes.push(['value', { tensor: { dtype, tensorShape: { dim } } }]);
  }
  return { name, op, ...(input.length > 0 ? { input } : {}), attr: Object.fromEntries(attributes) };
}

function jsonAttribute(value: Attribute): object {
  if ('type' in value) return { type: typeName(value.type) };
  if ('s' in value) return { s: Buffer.from(value.s).toString('base64') };
  if ('i' in value) return { i: String(value.i) };
  if ('ints' in value) return { list: { i: value.ints.map(String) } };
  if ('shape' in value) {
    return { shape: { dim: value.shape.map((size) => ({ size: String(size ?? -1) })) } };
  }
  return value;
}

function typeName(type: 'float' | 'int'): string {
  return type === 'float' ? 'DT_FLOAT' : 'DT_INT32';
}
