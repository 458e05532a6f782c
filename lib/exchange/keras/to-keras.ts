import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';
import { sharedActivations, sharedOptions } from './layer-options';
import { snakeCase } from './names';

type Layer = layers.Layer;
type Json = Record<string, unknown>;

export interface Container extends LayersModel {
  containerNodes: Set<string>;
  inputLayers: Layer[];
  outputLayers: Layer[];
  inputLayersNodeIndices: number[];
  outputLayersNodeIndices: number[];
  inputLayersTensorIndices: number[];
  outputLayersTensorIndices: number[];
}

interface Node {
  inboundLayers: Layer[];
  nodeIndices: number[];
  tensorIndices: number[];
  inputTensors: SymbolicTensor[];
}

/**
 * The configuration of a model as Keras 3 writes it in `config.json`.
 *
 * @throws GradbookError `unsupported-layer` naming the layer and what Keras does not support
 */
export function kerasConfig(model: Layer): Json {
  return model.getClassName() === 'Sequential'
    ? sequentialConfig(model as LayersModel)
    : functionalConfig(model as Container);
}

function sequentialConfig(model: LayersModel): Json {
  const input = {
    batch_shape: model.inputs[0]!.shape,
    dtype: model.inputs[0]!.dtype,
    name: `${model.name}_input`,
  };
  const inner = model.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  const layersConfig = [
    kerasObject('keras.layers', 'InputLayer', input),
    ...inner.map(layerConfig),
  ];
  return kerasObject('keras', 'Sequential', {
    name: model.name,
    trainable: true,
    layers: layersConfig,
  });
}

function functionalConfig(model: Container): Json {
  const kept = keptNodes(model);
  const history = (layer: Layer, node: number, tensor: number) => [
    layer.name,
    kept.get(layer)!.get(node)!,
    tensor,
  ];
  const layersConfig = model.layers.map((layer) => ({
    ...layerConfig(layer),
    name: layer.name,
    inbound_nodes: [...kept.get(layer)!.keys()]
      .map((index) => {
        const node = layer.inboundNodes[index] as unknown as Node;
        if (node.inboundLayers.length === 0) return undefined;
        const tensors = node.inboundLayers.map((source, i) => ({
          class_name: '__keras_tensor__',
          config: {
            shape: node.inputTensors[i]!.shape,
            dtype: node.inputTensors[i]!.dtype,
            keras_history: history(source, node.nodeIndices[i]!, node.tensorIndices[i]!),
          },
        }));
        return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} };
      })
      .filter(Boolean),
  }));
  return kerasObject('keras.src.models.functional', 'Functional', {
    name: model.name,
    trainable: true,
    layers: layersConfig,
    input_layers: model.inputLayers.map((layer, i) =>
      history(layer, model.inputLayersNodeIndices[i]!, model.inputLayersTensorIndices[i]!),
    ),
    output_layers: model.outputLayers.map((layer, i) =>
      history(layer, model.outputLayersNodeIndices[i]!, model.outputLayersTensorIndices[i]!),
    ),
  });
}

/** For each layer the calls inside this model, from their index among all calls to the new index. */
function keptNodes(model: Container): Map<Layer, Map<number, number>> {
  return new Map(
    model.layers.map((layer) => {
      const indices = layer.inboundNodes
        .map((_, i) => i)
        .filter((i) => model.containerNodes.has(`${layer.name}_ib-${i}`));
      return [layer, new Map(indices.map((index, i) => [index, i]))];
    }),
  );
}

function layerConfig(layer: Layer): Json {
  const className = layer.getClassName();
  if (Array.isArray((layer as { layers?: unknown }).layers)) return kerasConfig(layer);
  if (className === 'InputLayer') {
    const { batchInputShape, dtype } = layer as Layer & {
      batchInputShape: number[];
      dtype: string;
    };
    return kerasObject('keras.layers', className, {
      batch_shape: batchInputShape,
      dtype,
      name: layer.name,
    });
  }
  const options = sharedOptions.get(className);
  if (!options) {
    throw new GradbookError(
      `layer '${layer.name}' is a ${className}, which cannot be exported to Keras: there are ${[...sharedOptions.keys()].sort().join(', ')}`,
      'unsupported-layer',
    );
  }
  const config: Json = {};
  for (const [name, value] of Object.entries(layer.getConfig())) {
    const option = snakeCase(name);
    if (options.has(option)) config[option] = kerasValue(layer, option, value);
  }
  if (className === 'LeakyReLU') {
    config['negative_slope'] = config['alpha'];
    delete config['alpha'];
  }
  if (config['interpolation'] === 'bilinear') {
    throw unshared(layer, "interpolation 'bilinear', which Keras computes with half-pixel centres");
  }
  config['name'] = layer.name;
  config['trainable'] = layer.trainable;
  config['dtype'] = 'float32';
  return kerasObject('keras.layers', className, config);
}

function kerasValue(layer: Layer, option: string, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (option === 'activation') {
    const shared = sharedActivations.find(([tfjs]) => tfjs === value);
    if (!shared) throw unshared(layer, `activation '${value}'`);
    return shared[1];
  }
  if (option === 'data_format')
    return value === 'channelsFirst' ? 'channels_first' : 'channels_last';
  const part = /_(initializer|regularizer|constraint)$/.exec(option)?.[1];
  if (!part) return value;
  const { className, config } = value as { className: string; config: Json };
  const entries = Object.entries(config ?? {}).map(([name, inner]) => [
    snakeCase(name),
    typeof inner === 'string' ? snakeCase(inner) : inner,
  ]);
  return kerasObject(`keras.${part}s`, className, Object.fromEntries(entries));
}

function kerasObject(module: string, className: string, config: Json): Json {
  return { module, class_name: className, config, registered_name: null };
}

function unshared(layer: Layer, what: string): GradbookError {
  return new GradbookError(
    `layer '${layer.name}' (${layer.getClassName()}): ${what} cannot be exported to Keras`,
    'unsupported-layer',
  );
}
