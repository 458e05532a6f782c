import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { notImported, type ReadLayer } from './convert';
import type { Part } from './parts';

/**
 * A Conv2D with a group for each channel of its input, which tfjs has as DepthwiseConv2D. Its kernel
 * `[h, w, 1, channels · n]` is the other's `[h, w, channels, n]`, number by number.
 *
 * @throws GradbookError `unsupported-layer` for filters that no multiple of the groups, for a constraint
 */
export function asDepthwise(read: ReadLayer): ReadLayer {
  const {
    filters,
    groups,
    kernel_initializer: _,
    kernel_regularizer: depthwise_regularizer,
    kernel_constraint: constraint,
    ...config
  } = read.config;
  const depth_multiplier = Number(filters) / Number(groups);
  if (!Number.isInteger(depth_multiplier)) throw notImported(read, `groups ${groups}`);
  if (constraint) throw notImported(read, 'kernel_constraint of groups');
  const depthwise = { ...config, depth_multiplier, depthwise_regularizer };
  return { ...read, className: 'DepthwiseConv2D', config: depthwise };
}

/**
 * ConvNeXt's LayerScale, a factor `[channels]` on each channel of `[n, h, w, channels]`, which tfjs has
 * as a DepthwiseConv2D of one pixel.
 */
export function scaleAsDepthwise(read: ReadLayer): ReadLayer {
  const { name, trainable } = read.config;
  const depthwise = { name, trainable, kernel_size: [1, 1], use_bias: false };
  return { ...read, className: 'DepthwiseConv2D', config: depthwise };
}

/**
 * The part of a layer that became a DepthwiseConv2D.
 *
 * @param channels that its input must have
 * @param kind Keras's name of its first array; one that was given none is a `variable`
 */
export function depthwisePart(read: ReadLayer, part: Part, channels: number, kind: string): Part {
  return {
    ...part,
    reshaped: { kind },
    apply: (inputs) => {
      const { shape } = inputs[0] as SymbolicTensor;
      if (shape.length !== 4 || shape[3] !== channels) {
        const { className } = read;
        const what = className === 'Conv2D' ? `groups ${channels}` : `${channels} channels`;
        throw notImported(read, `${what} of an input ${shape.slice(1).join('×')}`);
      }
      return part.apply(inputs);
    },
  };
}
