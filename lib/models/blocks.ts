import type { layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';

type Layer = layers.Layer;

/** Options common to all blocks of a network. */
export interface BlockOptions {
  /** Batch normalisation between the kernel and its activation. */
  batchNorm: boolean;
  /** Of batch norm's running statistics. */
  momentum: number;
  /** Weight of the L2 penalty on kernels; 0 for none. */
  l2: number;
}

/** Applies a layer to one symbolic tensor. */
export function apply(layer: Layer, input: SymbolicTensor): SymbolicTensor {
  return layer.apply(input) as SymbolicTensor;
}

/** The L2 penalty as tfjs takes it; a new object each time, none for 0. */
function penalty(l2: number) {
  return l2 > 0 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {};
}

function normalize(input: SymbolicTensor, name: string, momentum: number): SymbolicTensor {
  return apply(tf.layers.batchNormalization({ name: `${name}_bn`, momentum }), input);
}

/** Convolution 3×3 with padding, batch norm if wanted, ReLU: layers `name`, `name_bn`, `name_relu`. */
export function convRelu(
  input: SymbolicTensor,
  name: string,
  filters: number,
  options: BlockOptions,
): SymbolicTensor {
  // Batch norm has its own offset, so a bias before it would have no effect.
  let x = apply(
    tf.layers.conv2d({
      name,
      filters,
      kernelSize: 3,
      padding: 'same',
      kernelInitializer: 'heNormal',
      useBias: !options.batchNorm,
      ...penalty(options.l2),
    }),
    input,
  );
  if (options.batchNorm) x = normalize(x, name, options.momentum);
  return apply(tf.layers.reLU({ name: `${name}_relu` }), x);
}

/** Dense layer, batch norm if wanted, ReLU, dropout if above 0. */
export function denseRelu(
  input: SymbolicTensor,
  name: string,
  units: number,
  options: BlockOptions & { dropout: number },
): SymbolicTensor {
  let x = apply(
    tf.layers.dense({
      name,
      units,
      kernelInitializer: 'heNormal',
      useBias: !options.batchNorm,
      ...penalty(options.l2),
    }),
    input,
  );
  if (options.batchNorm) x = normalize(x, name, options.momentum);
  x = apply(tf.layers.reLU({ name: `${name}_relu` }), x);
  return dropout(x, `${name}_dropout`, options.dropout);
}

/** Dropout, left out where the rate is 0. */
export function dropout(input: SymbolicTensor, name: string, rate: number): SymbolicTensor {
  return rate > 0 ? apply(tf.layers.dropout({ name, rate }), input) : input;
}

/** Throws `bad-option` unless every width is an integer above 0. */
export function checkWidths(name: string, widths: readonly number[]): void {
  for (const width of widths) {
    if (!Number.isInteger(width) || width < 1) {
      throw new GradbookError(
        `${name} ${JSON.stringify(widths)}: each must be an integer above 0`,
        'bad-option',
      );
    }
  }
}

/** Throws `bad-option` unless the value lies in [0, below). */
export function checkRate(name: string, value: number, below = 1): void {
  if (!(value >= 0 && value < below)) {
    const allowed = below === Number.POSITIVE_INFINITY ? '0 or more' : `0 or more, below ${below}`;
    throw new GradbookError(`${name} ${value}: give ${allowed}`, 'bad-option');
  }
}
