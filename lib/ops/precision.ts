import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import {
  allowTf32,
  attributesOf,
  nodeBackend,
  type OpAttribute,
  sharedState,
  tensorId,
} from '../runtime';

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

/**
 * Runs `compute`, which must not be asynchronous, with products in this precision. It applies to
 * models and functions of any kind; to tfjs's own ops on a GPU only.
 */
export function withPrecision<T>(precision: ComputePrecision, compute: () => T): T {
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

const bfloat16 = 14; // DT_BFLOAT16 in TensorFlow's types.proto

/**
 * Runs an op on bfloat16: its float32 inputs are rounded, its output is converted back to float32
 * and belongs to the caller.
 */
export function bfloat16Op(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, OpAttribute>>,
): Tensor {
  const backend = nodeBackend();
  const { binding } = backend;
  const { TF_FLOAT: float32 = 1, TF_ATTR_TYPE = 4, TF_ATTR_BOOL = 3 } = binding;
  const made: number[] = [];
  const cast = (id: number, from: number, to: number): number => {
    const types = [
      { name: 'SrcT', type: TF_ATTR_TYPE, value: from },
      { name: 'DstT', type: TF_ATTR_TYPE, value: to },
      { name: 'Truncate', type: TF_ATTR_BOOL, value: false },
    ];
    return binding.executeOp('Cast', types, [id], 1)[0]!.id;
  };
  try {
    const ids = inputs.map((input) => {
      const id = tensorId(input);
      if (input.dtype !== 'float32') return id;
      const low = cast(id, float32, bfloat16);
      made.push(low);
      return low;
    });
    const type = { name: 'T', type: TF_ATTR_TYPE, value: bfloat16 };
    const [output] = binding.executeOp(name, [type, ...attributesOf(attributes)], ids, 1);
    made.push(output!.id);
    const id = cast(output!.id, bfloat16, float32);
    return backend.createOutputTensor({ id, dtype: float32, shape: output!.shape });
  } finally {
    for (const id of made) binding.deleteTensor(id);
  }
}
