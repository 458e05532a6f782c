import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import { apply, checkRate, checkWidths, convRelu, denseRelu, dropout as dropLayer } from './blocks';
import { type BodyOptions, checkBody, classifier } from './classifier';

export interface CnnOptions extends BodyOptions {
  /** Filters of each block: convolution 3×3, batch norm, ReLU, pooling 2×2. Default `[32, 64, 64]`. */
  filters?: readonly number[];
  /** Convolutions in a block before its pooling. Default 1. */
  convolutions?: number;
  /** Units of each dense layer after the blocks. Default `[64]`. */
  units?: readonly number[];
  /** Dropout rate after each block's pooling, in [0, 1). Default 0. */
  blockDropout?: number;
}

/**
 * The regularised CNN of the paper's sections 2.3 and 2.4. Defaults: blocks of 32, 64 and 64
 * filters, dense 64, batch norm, L2 1e-4, dropout 0.5. Layers are called `conv_1`, `conv_1_bn`,
 * `conv_1_relu`, `conv_1_pool`, …, `dense_1`, …, `types`.
 *
 * @throws GradbookError `bad-option` for widths and rates out of range
 */
export function cnn(options: CnnOptions = {}): LayersModel {
  const { filters = [32, 64, 64], convolutions = 1, units = [64], blockDropout = 0 } = options;
  const { l2 = 1e-4, dropout = 0.5, batchNorm = true, momentum = 0.99, name = 'cnn' } = options;
  checkWidths('filters', filters);
  checkWidths('convolutions', [convolutions]);
  checkWidths('units', units);
  checkBody({ l2, dropout, momentum });
  checkRate('blockDropout', blockDropout);
  return classifier({ ...options, name }, (input) => {
    let x = input;
    filters.forEach((width, block) => {
      for (let i = 0; i < convolutions; i++) {
        const suffix = convolutions > 1 ? String.fromCharCode(97 + i) : '';
        x = convRelu(x, `conv_${block + 1}${suffix}`, width, { batchNorm, momentum, l2 });
      }
      x = apply(tf.layers.maxPooling2d({ name: `conv_${block + 1}_pool`, poolSize: 2 }), x);
      x = dropLayer(x, `conv_${block + 1}_dropout`, blockDropout);
    });
    x = apply(tf.layers.flatten({ name: 'flatten' }), x);
    units.forEach((width, i) => {
      x = denseRelu(x, `dense_${i + 1}`, width, { batchNorm, momentum, l2, dropout });
    });
    return x;
  });
}

/**
 * The very large CNN of the paper's section 2.2: blocks of 128 and 256 filters,
 * dense layers of 256, no regularisation. Any option of `cnn` may be set.
 */
export function largeCnn(options: CnnOptions = {}): LayersModel {
  return cnn({
    name: 'large_cnn',
    filters: [128, 128, 256],
    units: [256, 256],
    l2: 0,
    dropout: 0,
    batchNorm: false,
    ...options,
  });
}

/**
 * The CNN of the paper's section 3: that of section 2 with a sigmoid for each type and dropout
 * after every block. Any option of `cnn` may be set.
 */
export function multiLabelCnn(options: CnnOptions = {}): LayersModel {
  return cnn({ name: 'multi_label_cnn', task: 'multi', blockDropout: 0.1, ...options });
}
