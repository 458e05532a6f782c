import type {
  layers as Layers,
  LayersModel,
  SymbolicTensor,
  Tensor,
} from '@tensorflow/tfjs-node-gpu';
import { cnn, multiLabelCnn, transferModel, unet } from '../../lib/models';
import { Random, tf } from '../../lib/runtime';

type Layer = Layers.Layer;

/**
 * A functional network with branches, two inputs, two outputs, a shared layer and nested networks.
 *
 * @param options.height of both inputs, odd
 * @param options.width of both inputs, even
 * @param options.dilationRate of one convolution; tfjs trains none above 1
 * @param options.classes of the first output, `probabilities`; the second, `mask`, has the inputs' height and width
 */
export function branches({
  height = 11,
  width = 14,
  classes = 3,
  dilationRate = 2,
} = {}): LayersModel {
  const { layers } = tf;
  const shape = [height, width, 3];
  const image = tf.input({ shape, name: 'image' });
  const other = tf.input({ shape, name: 'other' });
  const run = (x: SymbolicTensor, ...chain: Layer[]) =>
    chain.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);
  const shared = layers.conv2d({
    name: 'shared',
    filters: 6,
    kernelSize: [3, 2],
    strides: 2,
    padding: 'same',
    activation: 'swish',
  });
  const nested = tf.sequential({
    name: 'nested',
    layers: [
      layers.zeroPadding2d({
        name: 'pad',
        padding: [
          [1, 2],
          [0, 1],
        ],
        inputShape: shape,
      }),
      layers.depthwiseConv2d({ name: 'dw', kernelSize: 3, depthMultiplier: 2, strides: 2 }),
      layers.batchNormalization({ name: 'dw_bn', epsilon: 1e-3 }),
      layers.leakyReLU({ name: 'leaky', alpha: 0.2 }),
      layers.separableConv2d({ name: 'sep', filters: 6, kernelSize: 3, padding: 'same' }),
    ],
  });
  const a = run(image, shared);
  const b = run(other, shared);
  const c = run(
    image,
    nested,
    layers.averagePooling2d({ name: 'avg', poolSize: 2, strides: 1, padding: 'same' }),
  );
  const sum = layers.add({ name: 'sum' }).apply([a, b, c]) as SymbolicTensor;
  const gate = run(
    sum,
    layers.globalAveragePooling2d({ name: 'gap', dataFormat: 'channelsLast' }),
    layers.dense({ name: 'squeeze', units: 6, activation: 'gelu' }),
    layers.reshape({ name: 'gate', targetShape: [1, 1, 6] }),
  );
  const gated = layers.multiply({ name: 'gated' }).apply([sum, gate]) as SymbolicTensor;
  const up = run(
    gated,
    layers.conv2dTranspose({ name: 'up', filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
    layers.batchNormalization({ name: 'up_bn' }),
    layers.cropping2D({
      name: 'crop',
      cropping: [
        [0, 1],
        [0, 0],
      ],
    }),
    layers.conv2d({ name: 'dilated', filters: 5, kernelSize: 3, dilationRate, padding: 'same' }),
    layers.prelu({ name: 'prelu', sharedAxes: [1, 2] }),
  );
  const joined = layers.concatenate({ name: 'joined' }).apply([up, other]) as SymbolicTensor;
  const mask = run(
    joined,
    layers.batchNormalization({ name: 'joined_bn' }),
    layers.dense({ name: 'mask', units: 1, activation: 'sigmoid' }),
  );
  const label = run(
    layers.maximum({ name: 'largest' }).apply([a, c]) as SymbolicTensor,
    layers.permute({ name: 'turned', dims: [2, 1, 3] }),
    layers.maxPooling2d({ name: 'max', poolSize: 3, strides: 2, padding: 'same' }),
    layers.flatten({ name: 'flat' }),
    layers.dense({ name: 'elu_dense', units: 8, activation: 'elu' }),
    layers.dropout({ name: 'dropout', rate: 0.5 }),
    layers.dense({ name: 'label', units: classes }),
    layers.activation({ name: 'probabilities', activation: 'softmax' }),
  );
  return tf.model({ inputs: [image, other], outputs: [label, mask], name: 'branches' });
}

/** Small networks of every kind in the paper. */
export function smallNetworks(): LayersModel[] {
  const shape = { inputShape: [16, 16, 3] } as const;
  return [
    cnn({ ...shape, filters: [4, 6], units: [5] }),
    multiLabelCnn({ ...shape, filters: [4, 6], units: [5] }),
    unet({ ...shape, filters: [2, 4] }),
    branches(),
  ];
}

/** The paper's networks at full size. */
export async function reportNetworks(): Promise<LayersModel[]> {
  return [cnn(), multiLabelCnn(), unet(), await transferModel({ weights: null }), branches()];
}

/**
 * Sets every weight to a different value, the same on every machine: batch norms have statistics
 * and scales as after a training, biases are not 0.
 */
export function fillWeights(model: LayersModel, seed = 7): void {
  const random = new Random(seed);
  for (const weight of model.weights) {
    const shape = weight.shape as number[];
    const size = shape.reduce((n, length) => n * length, 1);
    const fanIn = Math.max(1, size / shape[shape.length - 1]!);
    const positive = /variance$|gamma$/.test(weight.originalName);
    const range = /kernel$/.test(weight.originalName) ? Math.sqrt(12 / fanIn) : 0.3;
    const values = Float32Array.from({ length: size }, () =>
      positive ? 0.5 + random.next() : range * (random.next() - 0.5),
    );
    const tensor = tf.tensor(values, shape);
    weight.write(tensor);
    tensor.dispose();
  }
}

/** Inputs for a network, `count` examples from -1 to 1, the same on every machine. */
export function inputsOf(model: LayersModel, count: number): Tensor[] {
  const random = new Random(11);
  return model.inputs.map((input) => {
    const shape = [count, ...(input.shape.slice(1) as number[])];
    const length = shape.reduce((n, side) => n * side, 1);
    return tf.tensor(
      Float32Array.from({ length }, () => 2 * random.next() - 1),
      shape,
    );
  });
}

/** The largest difference between two lists of tensors. */
export function largestDifference(found: readonly Tensor[], expected: readonly Tensor[]): number {
  return tf.tidy(() =>
    Math.max(...found.map((y, i) => tf.max(tf.abs(tf.sub(y, expected[i]!))).dataSync()[0]!)),
  );
}
