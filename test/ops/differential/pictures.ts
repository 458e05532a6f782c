import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../../lib/runtime';
import type { Builder } from './builder';

export function picture(
  builder: Builder,
  x: SymbolicTensor,
  dataFormat: 'channelsFirst' | 'channelsLast',
): SymbolicTensor {
  const l = tf.layers;
  const first = dataFormat === 'channelsFirst';
  const [height, width] = x.shape.slice(first ? 2 : 1) as [number, number];
  const channels = x.shape[first ? 1 : 3]!;
  const filters = builder.random.integer(2, 5);
  const padding = builder.pick(['same', 'valid'] as const);
  const small = Math.min(height, width);
  const kernel = () => ({
    kernelSize: small >= 3 ? builder.pick([1, 2, 3, [3, 2]] as never[]) : 1,
    padding,
    dataFormat,
    useBias: builder.chance(0.8),
    activation: builder.activation(),
  });
  const dilation = () => {
    const dilationRate =
      small >= 6 && builder.chance(0.4) ? builder.pick([2, [2, 1]] as never[]) : 1;
    if (dilationRate !== 1) builder.newGradients = true;
    return { dilationRate, strides: dilationRate !== 1 ? 1 : builder.pick([1, 2]) };
  };
  const pool = () => {
    if (small < 3) return x;
    const options = {
      poolSize: builder.pick([2, 3]),
      strides: builder.pick([1, 2]),
      padding,
      dataFormat,
    };
    const max = !builder.onlySmooth && builder.chance(0.6);
    return builder.apply(max ? l.maxPooling2d(options) : l.averagePooling2d(options as never), x);
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
    const once = builder.apply(layer, x);
    const both = [builder.apply(layer, once), x];
    return builder.chance(0.5)
      ? builder.apply(l.add(), both)
      : builder.apply(l.concatenate({ axis }), both);
  };
  return builder.pick([
    () =>
      builder.apply(
        l.conv2d({ filters, ...kernel(), ...dilation(), ...builder.extras('kernel') }),
        x,
      ),
    () => builder.apply(l.conv2d({ filters, ...kernel(), ...dilation() }), x),
    () => {
      const rest = dilation();
      // Stock tfjs reads no dilation here.
      return builder.apply(
        l.depthwiseConv2d({
          depthMultiplier: builder.pick([1, 2]),
          ...kernel(),
          strides: rest.strides,
          ...builder.extras('depthwise'),
        }),
        x,
      );
    },
    () => {
      if (first) return builder.activate(x);
      const { strides } = dilation();
      return builder.apply(l.separableConv2d({ filters, ...kernel(), strides }), x);
    },
    () =>
      small > 8 ? x : builder.apply(l.conv2dTranspose({ filters, ...kernel(), strides: 2 }), x),
    pool,
    shared,
    () => builder.norm(x, first ? builder.pick([1, -1]) : builder.pick([-1, 3, 1])),
    () => builder.activate(x),
    () => (small > 6 ? x : builder.apply(l.upSampling2d({ size: [2, 2], dataFormat }), x)),
    () =>
      builder.apply(
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
        : builder.apply(
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

export function volume(
  builder: Builder,
  x: SymbolicTensor,
  dataFormat: 'channelsFirst' | 'channelsLast',
): SymbolicTensor {
  const l = tf.layers;
  const first = dataFormat === 'channelsFirst';
  const small = Math.min(...(x.shape.slice(first ? 2 : 1, first ? 5 : 4) as number[]));
  const padding = builder.pick(['same', 'valid'] as const);
  const filters = builder.random.integer(2, 4);
  const options = { kernelSize: small >= 2 ? 2 : 1, strides: builder.pick([1, 2]), padding };
  const pool = () => {
    if (small < 2) return x;
    const options = { poolSize: 2, strides: 1, padding, dataFormat };
    const max = !builder.onlySmooth && builder.chance(0.5);
    return builder.apply(
      max ? l.maxPooling3d(options as never) : l.averagePooling3d(options as never),
      x,
    );
  };
  return builder.pick([
    () =>
      builder.apply(
        l.conv3d({ filters, ...options, dataFormat, activation: builder.activation() } as never),
        x,
      ),
    pool,
    () => builder.norm(x, first ? 1 : builder.pick([-1, 1])),
    () => builder.activate(x),
  ])();
}
