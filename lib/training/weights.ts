import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';

/** Values of one tensor on the host. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** A tensor's values and shape on the host. */
export interface StoredTensor {
  shape: readonly number[];
  values: Numbers;
}

/** Copies a tensor to the host. */
export function store(tensor: Tensor): StoredTensor {
  return { shape: [...tensor.shape], values: (tensor.dataSync() as Numbers).slice() };
}

/** Creates a tensor; int32 values give int32. It belongs to the caller. */
export function restore({ shape, values }: StoredTensor): Tensor {
  const dtype = values instanceof Int32Array ? 'int32' : 'float32';
  return tf.tensor(values, [...shape], dtype);
}

/** Copies all weights of the model, moving statistics too, in the order of `model.weights`. */
export function copyWeights(model: LayersModel): StoredTensor[] {
  return model.weights.map((weight) => store(weight.read()));
}

/**
 * Writes weights from `copyWeights` back into the model.
 *
 * @throws GradbookError `bad-weights` when they are of another model
 */
export function putWeights(model: LayersModel, weights: readonly StoredTensor[]): void {
  const { weights: variables } = model;
  const fits =
    variables.length === weights.length &&
    variables.every((variable, i) => String(variable.shape) === String(weights[i]!.shape));
  if (!fits) {
    throw new GradbookError(
      `the stored weights (${weights.length} tensors) are not this model's (${variables.length} tensors): build the same model again`,
      'bad-weights',
    );
  }
  tf.tidy(() => {
    for (const [i, variable] of variables.entries()) variable.write(restore(weights[i]!));
  });
}
