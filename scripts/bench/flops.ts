import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { withPrecision } from '../../lib/ops';
import { engineInfo, tf } from '../../lib/runtime';
import { allNetworks, build, type Network } from './networks';

interface Product {
  kernel?: { shape: number[] };
  depthwiseKernel?: { shape: number[] };
  outputShape: number[];
}

/** Multiplications and additions of one image, forward, by layer. */
function forward(model: LayersModel): number[] {
  return model.layers.map((layer) => {
    const { kernel, depthwiseKernel, outputShape } = layer as unknown as Product;
    const weights = kernel ?? depthwiseKernel;
    if (!weights) return 0;
    const places = outputShape.slice(1, -1).reduce((product, side) => product * side, 1);
    return 2 * places * weights.shape.reduce((product, side) => product * side, 1);
  });
}

/**
 * Floating-point operations in the products of one image: once forward, and twice as many backwards
 * where a layer trains.
 */
export function operations(network: Network): number {
  const { whole, frozen } = build(network);
  const layers = forward(whole);
  whole.dispose();
  const trains = ['train', 'segment', 'fineTune'].includes(network.task);
  return layers.reduce((sum, count, i) => sum + count * (trains && i >= frozen ? 3 : 1), 0);
}

/** The most GFLOP/s of a matrix product of float32 and of bfloat16 here; 0 where it does not work. */
export function measurePeaks(): Record<'float32' | 'tf32' | 'bfloat16', number> {
  const card = engineInfo().device === 'GPU';
  const size = card ? 8192 : 2048;
  const rate = (precision: 'float32' | 'tf32' | 'bfloat16') => {
    const layer = tf.layers.dense({ units: size, useBias: false, inputShape: [size] });
    const model = tf.sequential({ layers: [layer] });
    const x = tf.randomUniform([size, size]);
    let best = 0;
    try {
      for (let turn = 0; turn < 5; turn++) {
        const start = performance.now();
        tf.tidy(() => {
          const y = withPrecision(precision, () => layer.apply(x) as typeof x);
          y.slice([0, 0], [1, 1]).dataSync();
        });
        best = Math.max(best, (2 * size ** 3) / (performance.now() - start) / 1e6);
      }
    } catch {
      return 0;
    } finally {
      tf.dispose(x);
      model.dispose();
    }
    return best;
  };
  return { float32: rate('float32'), tf32: card ? rate('tf32') : 0, bfloat16: rate('bfloat16') };
}

/** Operations of each network's image, by name. */
export function allOperations(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, operations(allNetworks[name]!)]));
}
