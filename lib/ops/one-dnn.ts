import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import {
  bfloat16Op,
  engineDevice,
  hasNativeOps,
  isRounded,
  nativeOp,
  type OpAttribute,
  sharedState,
  tf,
  unrecorded,
} from '../runtime';
import { inBfloat16 } from './precision';
import { state } from './switches';

// libtensorflow for x86 contains Intel's oneDNN kernels, which are much faster for convolutions and
// batch norms than its own. They can be called by name on every x86 processor, even where
// TensorFlow would not select them, with this kernel label.
/** Attribute of an op that is called by its oneDNN name. */
export const oneDnnLabel = { _kernel: { string: 'MklNameChangeOp' } } as const;

const probe = sharedState('one-dnn', () => ({ works: undefined as boolean | undefined }));

/** Whether the oneDNN kernels exist (not on ARM) and are used (not with a GPU). */
export function hasOneDnn(): boolean {
  if (!hasNativeOps() || !state.on.oneDnn) return false;
  probe.works ??= engineDevice() === 'CPU' && unrecorded(tryOneDnn);
  return probe.works;
}

function tryOneDnn(): boolean {
  try {
    tf.tidy(() => {
      const x = tf.ones([1, 2, 2, 1]);
      const [y] = oneDnnOp('Conv2D', [x, tf.ones([2, 2, 1, 1])], {
        strides: { int: [1, 1, 1, 1] },
        padding: { string: 'VALID' },
      });
      if (y!.dataSync()[0] !== 4) throw new Error('a wrong sum');
    });
    return true;
  } catch {
    return false;
  }
}

/** Runs the oneDNN version of a TensorFlow op on float32 tensors. */
export function oneDnnOp(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, OpAttribute>>,
  outputs = 1,
): Tensor[] {
  const all = { T: { dtype: 'float32' }, ...attributes, ...oneDnnLabel } as const;
  return nativeOp(`_MklNative${name}`, inputs, all, outputs);
}

/**
 * Runs a convolution or one of its gradients, or another op that is a sum of products, in the
 * precision that is in force. In bfloat16 the output stays in it until float32 is needed.
 */
export function productOp(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, OpAttribute>>,
): Tensor {
  if (!inBfloat16()) return fastOp(name, inputs, attributes)[0]!;
  return roundedOp(name, inputs, attributes)[0]!;
}

/**
 * Whether what comes after a convolution is to continue in bfloat16 too, in both directions: batch
 * norm, ReLU, pooling and what moves values about. Not on a GPU, where that has not been tried.
 *
 * @param x what decides: the input, or what the forward pass saved of it
 */
export function staysRounded(x: TensorInfo): boolean {
  return inBfloat16() && isRounded(x) && engineDevice() === 'CPU';
}

/** Runs an op on bfloat16, as `bfloat16Op` does: oneDNN's twin where there is one in use. */
export function roundedOp(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, OpAttribute>>,
  outputs = 1,
  exact: readonly number[] = [],
): Tensor[] {
  if (!hasOneDnn()) return bfloat16Op(name, inputs, attributes, outputs, exact);
  const all = { ...attributes, ...oneDnnLabel };
  return bfloat16Op(`_MklNative${name}`, inputs, all, outputs, exact);
}

/** Runs an op of TensorFlow on float32 tensors: the oneDNN version where one is in use. */
export function fastOp(
  name: string,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, OpAttribute>>,
  outputs = 1,
): Tensor[] {
  if (hasOneDnn()) return oneDnnOp(name, inputs, attributes, outputs);
  return nativeOp(name, inputs, { T: { dtype: 'float32' }, ...attributes }, outputs);
}
