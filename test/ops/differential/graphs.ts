import type { LayersModel, layers, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type Random, tf } from '../../../lib/runtime';

/** A random network and what stock tfjs cannot do with it. */
export interface Graph {
  model: LayersModel;
  /** Shapes of the inputs without the batch. */
  inputs: number[][];
  /** Tokens instead of numbers, by input: how many there are. */
  tokens: (number | undefined)[];
  /** Names of the layers in the order in which they were applied. */
  path: string[];
  /** Stock tfjs has no gradients of some layer: those of dilated convolutions, norms along an axis. */
  newGradients: boolean;
  /** Stock tfjs does not run some layer: norms of rank 5, or without center or scale. */
  newForward: boolean;
  /** It has a mask, and a recurrent layer that reads it. */
  recurrent: boolean;
}

const smooth = ['tanh', 'sigmoid', 'softplus', 'linear', 'swish'];
// The second gradients of ELU and softsign have steps.
const kinked = ['relu', 'relu6', 'hardSigmoid', 'selu', 'elu', 'softsign'];

/** Draws a network layer by layer. `Random` decides, so that one seed gives one network. */
class Builder {
  path: string[] = [];
  newGradients = false;
  newForward = false;
  recurrent = false;

  constructor(
    private readonly random: Random,
    private readonly onlySmooth: boolean,
  ) {}

  pick<T>(list: readonly T[]): T {
    return list[this.random.integer(0, list.length)]!;
  }

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  apply(layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
    const y = layer.apply(x) as SymbolicTensor;
    this.path.push(`${layer.getClassName()}[${y.shape.slice(1)}]`);
    return y;
  }

  activation(): never {
    return this.pick(this.onlySmooth ? smooth : [...smooth, ...kinked]) as never;
  }

  /** A regularizer and a constraint, each now and then. */
  extras(weight: string): object {
    const regularizers = [
      () => tf.regularizers.l2({ l2: 0.02 }),
      () => tf.regularizers.l1({ l1: 0.01 }),
      () => tf.regularizers.l1l2({ l1: 0.01, l2: 0.02 }),
    ];
    const constraints = [
      () => tf.constraints.maxNorm({ maxValue: 1, axis: 0 }),
      () => tf.constraints.nonNeg(),
      () => tf.constraints.unitNorm({ axis: 0 }),
      () => tf.constraints.minMaxNorm({ minValue: 0.2, maxValue: 0.8, axis: 0 }),
    ];
    return {
      ...(this.chance(0.3) && { [`${weight}Regularizer`]: this.pick(regularizers)() }),
      ...(this.chance(0.2) && { [`${weight}Constraint`]: this.pick(constraints)() }),
    };
  }

  norm(x: SymbolicTensor, axis: number): SymbolicTensor {
    const last = axis === -1 || axis === x.rank - 1;
    if (!last) this.newGradients = true;
    const options = { axis, momentum: 0.8, epsilon: 0.05 };
    const center = this.chance(0.85);
    const scale = this.chance(0.85);
    if (x.rank > 4 || !center || !scale) this.newForward = true;
    return this.apply(tf.layers.batchNormalization({ ...options, center, scale }), x);
  }

  activate(x: SymbolicTensor): SymbolicTensor {
    const l = tf.layers;
    const choices: (() => layers.Layer)[] = [
      () => l.activation({ activation: this.activation() }),
      ...(this.onlySmooth
        ? []
        : [
            () => l.elu({}),
            () => l.reLU({}),
            () => l.reLU({ maxValue: 6 }),
            () => l.leakyReLU({ alpha: 0.2 }),
            () => l.prelu({}),
          ]),
    ];
    return this.apply(this.pick(choices)(), x);
  }

  rows(x: SymbolicTensor): SymbolicTensor {
    const l = tf.layers;
    const units = this.random.integer(2, 6);
    const dense = () =>
      l.dense({
        units,
        activation: this.activation(),
        useBias: this.chance(0.8),
        ...this.extras('kernel'),
      });
    const twice = () => {
      const shared = l.dense({ units: x.shape[1]!, activation: 'tanh' });
      return this.apply(l.add(), [this.apply(shared, this.apply(shared, x)), x]);
    };
    return this.pick([
      () => this.apply(dense(), x),
      () => this.norm(x, -1),
      () => this.activate(x),
      twice,
      () => this.apply(l.layerNormalization({ epsilon: 0.01 }), x),
    ])();
  }

  sequence(x: SymbolicTensor): SymbolicTensor {
    const l = tf.layers;
    const [length, channels] = x.shape.slice(1) as [number, number];
    const filters = this.random.integer(2, 5);
    const padding = this.pick(['same', 'valid'] as const);
    const conv = () => {
      const dilationRate = length >= 5 && this.chance(0.4) ? 2 : 1;
      if (dilationRate > 1) this.newGradients = true;
      const strides = dilationRate > 1 ? 1 : this.pick([1, 2]);
      const options = { filters, kernelSize: length >= 3 ? 2 : 1, padding, strides, dilationRate };
      return this.apply(
        l.conv1d({ ...options, activation: this.activation(), ...this.extras('kernel') }),
        x,
      );
    };
    const shared = () => {
      const layer = l.conv1d({
        filters: channels,
        kernelSize: 3,
        padding: 'same',
        activation: 'tanh',
      });
      return this.apply(l.add(), [this.apply(layer, this.apply(layer, x)), x]);
    };
    const pool = () => {
      if (length < 2) return x;
      const options = { poolSize: 2, strides: this.pick([1, 2]), padding };
      const max = !this.onlySmooth && this.chance(0.5);
      return this.apply(max ? l.maxPooling1d(options) : l.averagePooling1d(options), x);
    };
    return this.pick([
      conv,
      conv,
      shared,
      pool,
      () => this.norm(x, this.pick([-1, 1])),
      () => this.activate(x),
      () => this.apply(l.timeDistributed({ layer: l.dense({ units: 3, activation: 'tanh' }) }), x),
    ])();
  }

  picture(x: SymbolicTensor, dataFormat: 'channelsFirst' | 'channelsLast'): SymbolicTensor {
    const l = tf.layers;
    const first = dataFormat === 'channelsFirst';
    const [height, width] = x.shape.slice(first ? 2 : 1) as [number, number];
    const channels = x.shape[first ? 1 : 3]!;
    const filters = this.random.integer(2, 5);
    const padding = this.pick(['same', 'valid'] as const);
    const small = Math.min(height, width);
    const kernel = () => ({
      kernelSize: small >= 3 ? this.pick([1, 2, 3, [3, 2]] as never[]) : 1,
      padding,
      dataFormat,
      useBias: this.chance(0.8),
      activation: this.activation(),
    });
    const dilation = () => {
      const dilationRate = small >= 6 && this.chance(0.4) ? this.pick([2, [2, 1]] as never[]) : 1;
      if (dilationRate !== 1) this.newGradients = true;
      return { dilationRate, strides: dilationRate !== 1 ? 1 : this.pick([1, 2]) };
    };
    const pool = () => {
      if (small < 3) return x;
      const options = {
        poolSize: this.pick([2, 3]),
        strides: this.pick([1, 2]),
        padding,
        dataFormat,
      };
      const max = !this.onlySmooth && this.chance(0.6);
      return this.apply(max ? l.maxPooling2d(options) : l.averagePooling2d(options as never), x);
    };
    const shared = () => {
      const options = {
        kernelSize: 3,
        padding: 'same' as const,
        activation: 'tanh' as const,
        dataFormat,
      };
      const layer = l.conv2d({ filters: channels, ...options });
      const axis = first ? 1 : 3;
      const once = this.apply(layer, x);
      const both = [this.apply(layer, once), x];
      return this.chance(0.5)
        ? this.apply(l.add(), both)
        : this.apply(l.concatenate({ axis }), both);
    };
    return this.pick([
      () =>
        this.apply(l.conv2d({ filters, ...kernel(), ...dilation(), ...this.extras('kernel') }), x),
      () => this.apply(l.conv2d({ filters, ...kernel(), ...dilation() }), x),
      () => {
        const rest = dilation();
        // Stock tfjs reads no dilation here.
        return this.apply(
          l.depthwiseConv2d({
            depthMultiplier: this.pick([1, 2]),
            ...kernel(),
            strides: rest.strides,
            ...this.extras('depthwise'),
          }),
          x,
        );
      },
      () => {
        if (first) return this.activate(x);
        const { strides } = dilation();
        return this.apply(l.separableConv2d({ filters, ...kernel(), strides }), x);
      },
      () =>
        small > 8 ? x : this.apply(l.conv2dTranspose({ filters, ...kernel(), strides: 2 }), x),
      pool,
      shared,
      () => this.norm(x, first ? this.pick([1, -1]) : this.pick([-1, 3, 1])),
      () => this.activate(x),
      () => (small > 6 ? x : this.apply(l.upSampling2d({ size: [2, 2], dataFormat }), x)),
      () =>
        this.apply(
          l.zeroPadding2d({
            padding: [
              [1, 0],
              [0, 2],
            ],
            dataFormat,
          }),
          x,
        ),
      () =>
        small < 4
          ? x
          : this.apply(
              l.cropping2D({
                cropping: [
                  [1, 0],
                  [0, 1],
                ],
                dataFormat,
              }),
              x,
            ),
    ])();
  }

  volume(x: SymbolicTensor, dataFormat: 'channelsFirst' | 'channelsLast'): SymbolicTensor {
    const l = tf.layers;
    const first = dataFormat === 'channelsFirst';
    const small = Math.min(...(x.shape.slice(first ? 2 : 1, first ? 5 : 4) as number[]));
    const padding = this.pick(['same', 'valid'] as const);
    const filters = this.random.integer(2, 4);
    const options = { kernelSize: small >= 2 ? 2 : 1, strides: this.pick([1, 2]), padding };
    const pool = () => {
      if (small < 2) return x;
      const options = { poolSize: 2, strides: 1, padding, dataFormat };
      const max = !this.onlySmooth && this.chance(0.5);
      return this.apply(
        max ? l.maxPooling3d(options as never) : l.averagePooling3d(options as never),
        x,
      );
    };
    return this.pick([
      () =>
        this.apply(
          l.conv3d({ filters, ...options, dataFormat, activation: this.activation() } as never),
          x,
        ),
      pool,
      () => this.norm(x, first ? 1 : this.pick([-1, 1])),
      () => this.activate(x),
    ])();
  }

  /** From any rank to `[batch, units]`. */
  toRows(x: SymbolicTensor, dataFormat: 'channelsFirst' | 'channelsLast'): SymbolicTensor {
    const l = tf.layers;
    if (x.rank === 2) return x;
    if (x.rank === 3 && this.chance(0.4)) return this.apply(l.globalAveragePooling1d({}), x);
    if (x.rank === 4 && this.chance(0.4)) {
      return this.apply(l.globalAveragePooling2d({ dataFormat }), x);
    }
    return this.apply(l.flatten(), x);
  }

  /** A sequence with a mask, read by a recurrent layer. */
  masked(tokens: number | undefined, x: SymbolicTensor): SymbolicTensor {
    const l = tf.layers;
    this.recurrent = true;
    const masked =
      tokens === undefined
        ? this.apply(l.masking({ maskValue: 0 }), x)
        : this.apply(l.embedding({ inputDim: tokens, outputDim: 3, maskZero: true }), x);
    const make = this.pick([l.simpleRNN, l.gru, l.lstm] as never[]) as typeof l.simpleRNN;
    const recurrentActivation = this.onlySmooth ? 'sigmoid' : this.activation();
    const layer = make({
      units: 3,
      returnSequences: this.chance(0.3),
      recurrentActivation,
    } as never);
    if (this.chance(0.3)) {
      return this.apply(l.bidirectional({ layer: layer as never, mergeMode: 'concat' }), masked);
    }
    return this.apply(layer, masked);
  }
}

function trunk(
  builder: Builder,
  random: Random,
): { input: SymbolicTensor; end: SymbolicTensor; tokens: number | undefined } {
  const rank = builder.pick([2, 3, 3, 4, 4, 4, 5]);
  const dataFormat = builder.chance(0.4) ? 'channelsFirst' : 'channelsLast';
  const channels = random.integer(1, 4);
  const sizes = Array.from({ length: rank - 2 }, () =>
    builder.pick(rank === 5 ? [3, 4] : [5, 7, 8, 9]),
  );
  const tokens = rank === 3 && builder.chance(0.25) ? 7 : undefined;
  const shape = tokens
    ? [sizes[0]!]
    : dataFormat === 'channelsFirst' && rank > 3
      ? [channels, ...sizes]
      : [...sizes, channels];
  const input = tf.input({ shape, ...(tokens && { dtype: 'int32' as const }) });
  let x = input;
  if (tokens || (rank === 3 && builder.chance(0.25))) x = builder.masked(tokens, x);
  const length = random.integer(2, 5);
  for (let i = 0; i < length; i++) {
    if (x.rank === 2) x = builder.rows(x);
    else if (x.rank === 3) x = builder.sequence(x);
    else if (x.rank === 4) x = builder.picture(x, dataFormat);
    else x = builder.volume(x, dataFormat);
  }
  return { input, end: builder.toRows(x, dataFormat), tokens };
}

/** The activations that a network may end in. */
export const endings = ['softmax', 'sigmoid', 'linear', 'tanh', 'softplus', 'relu'] as const;

/** A network of one or two inputs and outputs. */
export function randomGraph(random: Random, { onlySmooth = false } = {}): Graph {
  const builder = new Builder(random, onlySmooth);
  const trunks = Array.from({ length: builder.chance(0.3) ? 2 : 1 }, () => trunk(builder, random));
  const l = tf.layers;
  const ends = trunks.map(({ end }) => end);
  const x = ends.length === 1 ? ends[0]! : builder.apply(l.concatenate(), ends);
  const outputs = Array.from({ length: builder.chance(0.3) ? 2 : 1 }, () => {
    const activation = builder.pick(
      onlySmooth ? (['softmax', 'sigmoid', 'tanh'] as const) : endings,
    );
    return builder.apply(l.dense({ units: 3, activation, ...builder.extras('kernel') }), x);
  });
  const inputs = trunks.map(({ input }) => input);
  const model = tf.model({ inputs, outputs });
  return {
    model,
    inputs: inputs.map(({ shape }) => shape.slice(1) as number[]),
    tokens: trunks.map(({ tokens }) => tokens),
    path: builder.path,
    newGradients: builder.newGradients || builder.newForward,
    newForward: builder.newForward,
    recurrent: builder.recurrent,
  };
}

/** Disposes of a network; tfjs keeps the weights of layers that are applied twice. */
export function disposeGraph({ model }: Graph): void {
  const weights = model.weights as unknown as { val: Tensor }[];
  model.dispose();
  for (const { val } of weights) if (!val.isDisposed) val.dispose();
}

/** Values that keep activations in their middle: weights of size 0.4, scales about 1, variances above 0.5. */
export function drawWeights(model: LayersModel, random: Random): void {
  const draw = (name: string) => {
    if (name.includes('variance')) return 0.5 + random.next();
    if (name.includes('gamma')) return 0.8 + 0.4 * random.next();
    return 0.4 * random.normal();
  };
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ name, shape }) => {
        const size = (shape as number[]).reduce((a, b) => a * b, 1);
        const values = Float32Array.from({ length: size }, () => draw(name));
        return tf.tensor(values, shape as number[]);
      }),
    );
  });
}

/** A batch of a network's inputs. Masked steps are zeros. Belongs to the caller. */
export function drawInputs(graph: Graph, batch: number, random: Random): Tensor[] {
  return graph.inputs.map((shape, i) => {
    const all = [batch, ...shape];
    const size = all.reduce((a, b) => a * b, 1);
    const tokens = graph.tokens[i];
    if (tokens !== undefined) {
      const values = Int32Array.from({ length: size }, () => random.integer(0, tokens));
      return tf.tensor(values, all, 'int32');
    }
    const values = Float32Array.from({ length: size }, () => random.normal());
    if (shape.length === 2) {
      const [length, channels] = shape as [number, number];
      for (let row = 0; row < batch; row++) {
        const masked = random.integer(0, length);
        values.fill(0, (row * length + masked) * channels, (row * length + masked + 1) * channels);
      }
    }
    return tf.tensor(values, all);
  });
}
