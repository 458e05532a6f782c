import type { layers } from '@tensorflow/tfjs-node-gpu';
import { engineDevice, GradbookError, hasNativeOps, sharedState, tf } from '../runtime';
import { type ConvolutionAttributes, convolve } from './convolve';
import { type ComputePrecision, type Precision, tryPrecision } from './precision';

const precisions: readonly string[] = ['float32', 'tf32', 'bfloat16', 'auto'];

/** Speed of bfloat16 relative to float32; 0 where it does not work. */
const state = sharedState('bfloat16-gain', () => ({
  bfloat16Gain: undefined as number | undefined,
}));

const chosen = sharedState('precision-default', () => ({ precision: 'float32' as Precision }));

/**
 * Sets the default `precision` of `train`, `evaluate`, `predict`, `computeFeatures`,
 * `findLearningRate` and `explain`, as Keras's `mixed_precision.set_global_policy`. `float32` until
 * it is called.
 *
 * @throws GradbookError `bad-option` for an unknown precision, `no-bfloat16` where that does not
 *   work
 */
export function setPrecision(precision: Precision): void {
  resolvePrecision(precision);
  chosen.precision = precision;
}

/** Whether a network, nested ones included, has convolutions: for others rounding the matrices costs more than it gains. */
function convolves(network: object): boolean {
  const { layers = [] } = network as { layers?: layers.Layer[] };
  return layers.some((layer) => /Conv/.test(layer.getClassName()) || convolves(layer));
}

/**
 * The precision to compute in.
 *
 * @param precision default that of `setPrecision`
 * @param network what is computed: `auto` takes bfloat16 for those with convolutions. Default: one
 *   with convolutions
 * @throws GradbookError `bad-option` for an unknown precision, `no-bfloat16` where that does not
 *   work
 */
export function resolvePrecision(
  precision: Precision = chosen.precision,
  network?: object,
): ComputePrecision {
  if (!precisions.includes(precision)) {
    throw new GradbookError(
      `precision ${precision}: there are ${precisions.join(', ')}`,
      'bad-option',
    );
  }
  const native = hasNativeOps();
  const card = native && engineDevice() === 'GPU';
  if (precision === 'auto') {
    if (!native) return 'float32';
    if (card) return 'tf32';
    if (network instanceof tf.LayersModel && !convolves(network)) return 'float32';
    return bfloat16Gain() > 1.2 ? 'bfloat16' : 'float32';
  }
  if (precision === 'bfloat16' && !card && !(native && bfloat16Gain() > 0)) {
    throw new GradbookError(
      'precision bfloat16 does not work on this machine: give float32, or auto',
      'no-bfloat16',
    );
  }
  return precision;
}

/**
 * Speed of a convolution in bfloat16 relative to float32, measured once per process; 0 where
 * TensorFlow has no working kernel.
 */
export function bfloat16Gain(): number {
  state.bfloat16Gain ??= hasNativeOps() ? measureGain() : 0;
  return state.bfloat16Gain;
}

/** Convolves some random images in both precisions, alternating, and compares the shortest times. */
function measureGain(): number {
  return tf.tidy(() => {
    const filter = tf.ones([3, 3, 64, 64]);
    const x = tf.fill([8, 32, 32, 64], 0.5);
    const attributes: ConvolutionAttributes = { strides: [1, 1], padding: 'SAME' };
    const times: Record<'float32' | 'bfloat16', number[]> = { float32: [], bfloat16: [] };
    try {
      for (let turn = 0; turn < 4; turn++) {
        for (const precision of ['float32', 'bfloat16'] as const) {
          const start = performance.now();
          const y = tryPrecision(precision, () => convolve('plain', { x, filter }, attributes));
          const middle = y.slice([0, 16, 16, 0], [1, 1, 1, 1]).dataSync()[0]!;
          // The first run compiles oneDNN's kernels.
          if (turn > 0) times[precision].push(performance.now() - start);
          if (middle !== 288) return 0;
        }
      }
    } catch {
      return 0;
    }
    return Math.min(...times.float32) / Math.min(...times.bfloat16);
  });
}
