import type { layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { type Random, tf } from '../../../lib/runtime';

const smooth = ['tanh', 'sigmoid', 'softplus', 'linear', 'swish'];
// The second gradients of ELU and softsign have steps.
const kinked = ['relu', 'relu6', 'hardSigmoid', 'selu', 'elu', 'softsign'];

/** Draws a network layer by layer. `Random` decides, so that one seed gives one network. */
export class Builder {
  path: string[] = [];
  newGradients = false;
  newForward = false;
  recurrent = false;

  constructor(
    readonly random: Random,
    readonly onlySmooth: boolean,
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
