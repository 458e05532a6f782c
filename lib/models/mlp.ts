import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import { apply, checkWidths, denseRelu } from './blocks';
import { type BodyOptions, checkBody, classifier } from './classifier';

export interface MlpOptions extends BodyOptions {
  /** Units of each hidden layer. Default `[512, 256]`. */
  units?: readonly number[];
}

/**
 * The multi-layer perceptron of the paper's section 1: the flattened image, then dense layers with
 * ReLU. Defaults: no batch norm, no L2, no dropout.
 *
 * @example
 * const model = mlp({ units: [256, 128], batchNorm: true, dropout: 0.3 });
 */
export function mlp(options: MlpOptions = {}): LayersModel {
  const {
    units = [512, 256],
    l2 = 0,
    dropout = 0,
    batchNorm = false,
    momentum = 0.99,
    name = 'mlp',
  } = options;
  checkWidths('units', units);
  checkBody({ l2, dropout, momentum });
  return classifier({ ...options, name }, (input) => {
    let x = apply(tf.layers.flatten({ name: 'flatten' }), input);
    units.forEach((width, i) => {
      x = denseRelu(x, `dense_${i + 1}`, width, { batchNorm, momentum, l2, dropout });
    });
    return x;
  });
}
