import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type Random, tf } from '../../../lib/runtime';
import { Builder } from './builder';
import { picture, volume } from './pictures';

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
    else if (x.rank === 4) x = picture(builder, x, dataFormat);
    else x = volume(builder, x, dataFormat);
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
