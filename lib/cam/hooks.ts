import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type CallReplacement, modelOutput, withActivations, withReplacedCalls } from '../ops';
import { tf } from '../runtime';
import { allLayers, type Layer } from './layers';

function only(output: Tensor | Tensor[]): Tensor {
  return Array.isArray(output) ? output[0]! : output;
}

function activationName(layer: Layer): string | undefined {
  const { activation } = layer as unknown as { activation?: { getClassName?(): string } };
  return activation?.getClassName?.();
}

/** Whether the model ends in one sigmoid, of an image or of each pixel: its probability p represents two classes, 1 - p and p. */
export function isBinary(model: LayersModel): boolean {
  const { binary, shape, units, activation } = modelOutput(model);
  return binary || (shape.length === 4 && units === 1 && activation === 'sigmoid');
}

/** ReLU whose gradient passes only where it is positive (Springenberg et al., 2014, arXiv:1412.6806). */
function guidedRelu(x: Tensor, limit: number): Tensor {
  const operation = tf.customGrad((input, save) => {
    const tensor = input as Tensor;
    (save as (tensors: Tensor[]) => void)([tensor]);
    const value = Number.isFinite(limit) ? tensor.clipByValue(0, limit) : tensor.relu();
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const passed = saved[0]!.greater(0).logicalAnd(saved[0]!.less(limit)).cast('float32');
        return dy.relu().mul(passed);
      },
    };
  });
  return operation(x);
}

/** Runs `run` while every ReLU of the model propagates by guided backpropagation. */
export function withGuidedRelus<T>(model: LayersModel, run: () => T): T {
  const swaps = new Map<Layer, (x: Tensor) => Tensor>();
  const calls = new Map<Layer, CallReplacement>();
  for (const { layer } of allLayers(model)) {
    const name = activationName(layer);
    if (name === 'relu') swaps.set(layer, (x) => guidedRelu(x, Number.POSITIVE_INFINITY));
    if (name === 'relu6') swaps.set(layer, (x) => guidedRelu(x, 6));
    if (layer.getClassName() === 'ReLU') {
      const limit =
        (layer as unknown as { maxValue?: number }).maxValue ?? Number.POSITIVE_INFINITY;
      calls.set(layer, (_, inputs) => guidedRelu(only(inputs), limit));
    }
  }
  return withActivations(swaps, () => withReplacedCalls(calls, run));
}
