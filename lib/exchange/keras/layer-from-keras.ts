import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import { activationOf, leakyRelu, rescaling } from './activation-from-keras';
import type { Json, LayerEntry } from './calls';
import { camelCase, notImported, type ReadLayer, tfjsValue } from './convert';
import { asDepthwise, depthwisePart, scaleAsDepthwise } from './depthwise';
import { sharedOptions } from './layer-options';
import { normalizationPart } from './normalization';
import { ofTensors, operationPart } from './operations';
import type { Layer, Part } from './parts';
import { BilinearUpSampling2D } from './up-sampling';

// Options that make no difference at these values; any other value is refused.
const neutral: Record<string, unknown> = {
  groups: 1,
  renorm_momentum: 0.99,
  threshold: 0,
  negative_slope: 0,
  data_format: 'channels_last',
};

// Options that Keras writes down and that do not change what a layer computes.
const passedOver = new Set(['seed', 'batch_input_shape', 'batch_shape', 'input_length', 'sparse']);

/** Classes with a special conversion; all others map to the tfjs class of the same name. */
const special: Record<string, (read: ReadLayer) => Part> = {
  ReLU: reluPart,
  SpatialDropout2D: (read) => {
    if (read.config['data_format'] === 'channels_first') {
      throw notImported(read, "data_format 'channels_first'");
    }
    const { rate, name } = read.config;
    const config = { name, rate, noise_shape: [null, 1, 1, null] };
    return plainPart({ ...read, className: 'Dropout', config }, read.className);
  },
  LeakyReLU: (read) => {
    const { negative_slope: slope, ...config } = read.config;
    return plainPart({ ...read, config: { alpha: slope, ...config } });
  },
  Subtract: (read) => ({
    ...partOf(read),
    apply: ([a, b]) => [ofTensors(read, 'subtract', a!, b!)],
  }),
  Identity: (read) => ({ ...partOf(read), apply: (inputs) => inputs }),
  Normalization: normalizationPart,
  UpSampling2D: (read) => {
    const { size, interpolation, name, data_format: format } = read.config;
    if (interpolation !== 'bilinear') return plainPart(read);
    if (format === 'channels_first') throw notImported(read, "data_format 'channels_first'");
    return layerPart(read, new BilinearUpSampling2D({ name, size } as { size: [number, number] }));
  },
  GlobalAveragePooling2D: pooling,
  GlobalMaxPooling2D: pooling,
  BatchNormalization: (read) => plainPart(withOneAxis(read)),
  Conv2D: (read) => {
    const groups = Number(read.config['groups'] ?? 1);
    if (groups === 1) return plainPart(read);
    if (read.config['data_format'] === 'channels_first')
      throw notImported(read, `groups ${groups}`);
    return depthwisePart(read, plainPart(asDepthwise(read), read.className), groups, 'kernel');
  },
  LayerScale: (read) => {
    const part = plainPart(scaleAsDepthwise(read), read.className);
    return depthwisePart(read, part, Number(read.config['projection_dim']), 'variable');
  },
  StochasticDepth: (read) => {
    const { drop_path_rate: rate, name } = read.config;
    const config = { name, rate, noise_shape: [null, 1, 1, 1] };
    return plainPart({ ...read, className: 'Dropout', config }, read.className);
  },
  Conv2DTranspose: (read) => {
    const { dilation_rate: dilation, ...config } = read.config;
    if ([dilation ?? 1].flat().some((rate) => rate !== 1)) {
      throw notImported(read, `dilation_rate ${dilation}`);
    }
    return plainPart({ ...read, config });
  },
  Conv1D: (read) => {
    if (read.config['padding'] === 'causal') throw notImported(read, "padding 'causal'");
    return plainPart(read);
  },
};

/**
 * A layer of Keras in layers of tfjs.
 *
 * @throws GradbookError `unsupported-layer` naming the layer, its class, and the option
 */
export function layerFromKeras(entry: LayerEntry, keras3: boolean): Part {
  const { name, className, config, module } = entry;
  const read: ReadLayer = { name, className, config, keras3 };
  if (/\.ops\./.test(module) || className === 'TFOpLambda') return operationPart(read, entry);
  const policy = config['dtype'] as string | { config?: { name?: string } } | null | undefined;
  const dtype = typeof policy === 'object' ? policy?.config?.name : policy;
  if (dtype && !/^(float32|mixed_float16|mixed_bfloat16)$/.test(dtype)) {
    throw notImported(read, `dtype ${dtype}`);
  }
  const part = (special[className] ?? plainPart)(read);
  part.trainable = config['trainable'] !== false;
  return part;
}

function partOf({ name, className }: ReadLayer): Part {
  return { name, className, isLayer: true, trainable: true, apply: (inputs) => inputs };
}

/** A part that is a single layer, whose inputs are passed unchanged. */
function layerPart(read: ReadLayer, layer: Layer, kerasClass = read.className): Part {
  // The initial values are replaced by those of the file.
  layer.setFastWeightInitDuringBuild(true);
  return {
    ...partOf({ ...read, className: kerasClass }),
    layer,
    apply: (inputs) =>
      [layer.apply(inputs.length === 1 ? inputs[0]! : inputs)].flat() as SymbolicTensor[],
  };
}

function plainPart(read: ReadLayer, kerasClass = read.className): Part {
  const options = sharedOptions.get(read.className);
  if (!options) {
    const known = [...sharedOptions.keys(), ...Object.keys(special)];
    throw new GradbookError(
      `layer '${read.name}' is a ${read.className}, which cannot be imported: there are ${[...new Set(known)].sort().join(', ')}`,
      'unsupported-layer',
    );
  }
  const config: Json = {};
  let after: ((x: SymbolicTensor) => SymbolicTensor) | undefined;
  for (const [option, value] of Object.entries(read.config)) {
    if (option === 'dtype' || passedOver.has(option)) continue;
    if (!options.has(option)) {
      const unset = value === null || value === false || neutral[option] === value;
      if (!unset) throw notImported(read, `${option} ${JSON.stringify(value)}`);
    } else if (option === 'activation') {
      const activation = activationOf(read, value);
      config['activation'] = activation.option;
      after = activation.after;
    } else {
      const converted = tfjsValue(read, option, value);
      if (converted !== undefined) config[camelCase(option)] = converted;
    }
  }
  config['name'] = read.name;
  const part = layerPart(read, create(read.className, config), kerasClass);
  if (!after) return part;
  const then = after;
  return { ...part, apply: (inputs) => part.apply(inputs).map((x) => then(x)) };
}

function create(className: string, config: Json): Layer {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const [type, fromConfig] = classNameMap[className] as unknown as [
    unknown,
    (type: unknown, config: Json) => Layer,
  ];
  return fromConfig(type, config);
}

function reluPart(read: ReadLayer): Part {
  const {
    max_value: max,
    negative_slope: slope,
    threshold,
  } = read.config as Record<string, number>;
  if (threshold) throw notImported(read, `threshold ${threshold}`);
  if (!slope) {
    const { negative_slope: _, threshold: __, ...config } = read.config;
    return plainPart({ ...read, config });
  }
  const leaky = leakyRelu(read.name, slope);
  if (max === null || max === undefined) return { ...partOf(read), apply: ([x]) => [leaky(x!)] };
  // min(y, max) = max - relu(max - y)
  const turned = rescaling(`${read.name}_below`, -1, max);
  const relu = tf.layers.reLU({ name: `${read.name}_relu` });
  const back = rescaling(`${read.name}_max`, -1, max);
  return {
    ...partOf(read),
    apply: ([x]) => [back(relu.apply(turned(leaky(x!))) as SymbolicTensor)],
  };
}

function pooling(read: ReadLayer): Part {
  const { keepdims, ...config } = read.config;
  const part = plainPart({ ...read, config });
  if (!keepdims) return part;
  if (config['data_format'] === 'channels_first')
    throw notImported(read, 'keepdims of channels_first');
  return {
    ...part,
    apply: (inputs) =>
      part.apply(inputs).map((x) => {
        const targetShape = [1, 1, x.shape[1]!];
        const name = `${read.name}_keepdims`;
        return tf.layers.reshape({ name, targetShape }).apply(x) as SymbolicTensor;
      }),
  };
}

/** Keras 2 writes the axis as a list of one. */
function withOneAxis(read: ReadLayer): ReadLayer {
  const axis = [read.config['axis'] ?? -1].flat() as number[];
  if (axis.length !== 1) throw notImported(read, `axis ${axis}`);
  return { ...read, config: { ...read.config, axis: axis[0] } };
}
