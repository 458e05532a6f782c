import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { nodeBackend, type StoredData, tensorId } from './graph';
import { attributesOf, type OpAttribute } from './native-op';
import { sharedState } from './shared-state';

// tfjs has no dtype for bfloat16. A tensor that an op gave in bfloat16 says that it is float32 and
// keeps what the op gave; the float32 values are made when the user asks for them, and once.

/** DT_BFLOAT16 in TensorFlow's `types.proto`. */
const bfloat16 = 14;

interface RoundedData extends StoredData {
  /** Id of the values in bfloat16. */
  rounded?: number;
  /** Id of the same values in float32; undefined until the user asked for it. */
  widened?: number;
  /** Id of a rounded copy of float32 values; see `keepRounded`. */
  copy?: { id: number; uses: number } | undefined;
}

type Backend = ReturnType<typeof nodeBackend> & {
  disposeData(dataId: object, force?: boolean): boolean;
};

const patched = sharedState('bfloat16-tensors', () => new WeakSet<object>());

function cast(id: number, from: number, to: number): number {
  const { binding } = nodeBackend();
  const { TF_ATTR_TYPE = 4, TF_ATTR_BOOL = 3 } = binding;
  const attributes = [
    { name: 'SrcT', type: TF_ATTR_TYPE, value: from },
    { name: 'DstT', type: TF_ATTR_TYPE, value: to },
    { name: 'Truncate', type: TF_ATTR_BOOL, value: false },
  ];
  return binding.executeOp('Cast', attributes, [id], 1)[0]!.id;
}

/** Frees both forms with the tensor, without making the one that is not there. */
function watchDisposal(backend: Backend): void {
  if (patched.has(backend)) return;
  patched.add(backend);
  const { disposeData, tensorMap } = backend;
  backend.disposeData = (dataId, force = false) => {
    const stored = tensorMap.has(dataId) ? (tensorMap.get(dataId) as RoundedData) : undefined;
    if (stored?.rounded === undefined && stored?.copy === undefined) {
      return disposeData.call(backend, dataId, force);
    }
    if (stored.rounded === undefined) {
      const copy = stored.copy!;
      const freed = disposeData.call(backend, dataId, force);
      if (freed) {
        stored.copy = undefined;
        backend.binding.deleteTensor(copy.id);
      }
      return freed;
    }
    stored.refCount--;
    if (stored.refCount > 0 && !force) return false;
    backend.binding.deleteTensor(stored.rounded);
    if (stored.widened !== undefined) backend.binding.deleteTensor(stored.widened);
    tensorMap.delete(dataId);
    return true;
  };
}

/**
 * A float32 tensor of values that TensorFlow has in bfloat16. It belongs to the caller.
 *
 * @param id of the bfloat16 values, which the tensor takes over
 */
function tensorOfRounded(id: number, shape: number[]): Tensor {
  const backend = nodeBackend() as Backend;
  watchDisposal(backend);
  const { TF_FLOAT: float32 = 1 } = backend.binding;
  const tensor = backend.createOutputTensor({ id: -1, dtype: float32, shape });
  const stored = backend.tensorMap.get(tensor.dataId) as RoundedData;
  stored.rounded = id;
  Object.defineProperty(stored, 'id', {
    enumerable: true,
    get() {
      stored.widened ??= cast(id, bfloat16, float32);
      return stored.widened;
    },
  });
  return tensor;
}

/** Whether TensorFlow has the tensor's values in bfloat16: rounding it is free and changes nothing. */
export function isRounded(tensor: TensorInfo): boolean {
  return roundedOf(tensor) !== undefined;
}

/**
 * Rounds a float32 tensor once for all ops on bfloat16 that take it until the returned function is
 * called. For weights that stay as they are: what changes the tensor's values leaves the copy.
 */
export function keepRounded(tensor: TensorInfo): () => void {
  const backend = nodeBackend() as Backend;
  const stored = backend.tensorMap.get(tensor.dataId) as RoundedData;
  if (tensor.dtype !== 'float32' || stored.rounded !== undefined) return () => {};
  watchDisposal(backend);
  stored.copy ??= { id: cast(tensorId(tensor), backend.binding.TF_FLOAT ?? 1, bfloat16), uses: 0 };
  const { copy } = stored;
  copy.uses++;
  return () => {
    copy.uses--;
    if (copy.uses > 0 || stored.copy !== copy) return;
    stored.copy = undefined;
    backend.binding.deleteTensor(copy.id);
  };
}

function roundedOf({ dataId }: TensorInfo): number | undefined {
  return (nodeBackend().tensorMap.get(dataId) as RoundedData).rounded;
}

/**
 * Runs an op on bfloat16: float32 inputs are rounded to that, where they are not in it already, and
 * outputs of the op in bfloat16 are kept so. They say that they are float32, and float32 values are
 * made of them where the user needs those.
 *
 * @param attributes the op's attributes but `T`
 * @param outputs how many tensors the op returns
 * @param exact indices of the inputs that the op takes in float32
 * @returns the outputs in order; they belong to the caller
 */
export function bfloat16Op(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, OpAttribute>>,
  outputs = 1,
  exact: readonly number[] = [],
): Tensor[] {
  const backend = nodeBackend();
  const { binding } = backend;
  const { TF_FLOAT: float32 = 1, TF_ATTR_TYPE = 4 } = binding;
  const made: number[] = [];
  try {
    const ids = inputs.map((input, i) => {
      if (input.dtype !== 'float32' || exact.includes(i)) return tensorId(input);
      const { rounded, copy } = backend.tensorMap.get(input.dataId) as RoundedData;
      const there = rounded ?? copy?.id;
      if (there !== undefined) return there;
      const id = cast(tensorId(input), float32, bfloat16);
      made.push(id);
      return id;
    });
    const type = { name: 'T', type: TF_ATTR_TYPE, value: bfloat16 };
    const found = binding.executeOp(name, [type, ...attributesOf(attributes)], ids, outputs);
    return found.map((output) =>
      output.dtype === bfloat16
        ? tensorOfRounded(output.id, output.shape)
        : backend.createOutputTensor(output),
    );
  } finally {
    for (const id of made) binding.deleteTensor(id);
  }
}
