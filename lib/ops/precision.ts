import { allowTf32, sharedState, usedPrecisions } from '../runtime';

/** A precision that can be computed in. */
export type ComputePrecision = 'float32' | 'tf32' | 'bfloat16';

/**
 * What convolutions and dense products, and their gradients, are computed in. Weights, what reaches
 * the optimizer, statistics, softmax and loss are float32 always.
 *
 * - `float32`: on every device.
 * - `bfloat16`: inputs rounded to 8 bits of precision, sums in float32 (Micikevicius et al., "Mixed
 *   precision training", 2018). Twice as fast on processors with AVX512_BF16 or AMX.
 * - `tf32`: on NVIDIA GPUs from Ampere on, inputs rounded to 11 bits; float32 elsewhere.
 * - `auto`: the fastest one here. On a CPU a convolution is timed once per process; on a GPU `tf32`.
 */
export type Precision = ComputePrecision | 'auto';

const state = sharedState('precision', () => ({ current: 'float32' as ComputePrecision }));

/** Whether products are to be computed in bfloat16 now. */
export function inBfloat16(): boolean {
  return state.current === 'bfloat16';
}

/** What products are computed in now. */
export function currentPrecision(): ComputePrecision {
  return state.current;
}

/**
 * Runs `compute`, which must not be asynchronous, with products in this precision. It applies to
 * models and functions of any kind; to tfjs's own ops on a GPU only.
 */
export function withPrecision<T>(precision: ComputePrecision, compute: () => T): T {
  usedPrecisions().add(precision);
  return tryPrecision(precision, compute);
}

/** As `withPrecision`, for a trial that does not count as used. */
export function tryPrecision<T>(precision: ComputePrecision, compute: () => T): T {
  const before = state.current;
  if (precision === before) return compute();
  const set = (value: ComputePrecision) => {
    if ((state.current === 'tf32') !== (value === 'tf32')) allowTf32(value === 'tf32');
    state.current = value;
  };
  set(precision);
  try {
    return compute();
  } finally {
    set(before);
  }
}
