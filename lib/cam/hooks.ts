import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import { allLayers, isModel, type Layer } from './layers';

type Call = (inputs: Tensor | Tensor[], kwargs: object) => Tensor | Tensor[];

/** What a layer answers instead of its own output, which `original` computes. */
export type Replacement = (original: () => Tensor, inputs: Tensor | Tensor[]) => Tensor;

interface Hookable {
  call: Call;
  activation?: { apply(x: Tensor): Tensor; getClassName?(): string };
}

function only(output: Tensor | Tensor[]): Tensor {
  return Array.isArray(output) ? output[0]! : output;
}

/**
 * Runs `run` while the given layers answer something else, and puts them back whatever happens. It
 * works for layers of any topology, in nested models too, since tfjs calls `layer.call` for each.
 */
export function withReplacedCalls<T>(
  replacements: ReadonlyMap<Layer, Replacement>,
  run: () => T,
): T {
  const undo: (() => void)[] = [];
  try {
    for (const [layer, replacement] of replacements) {
      const target = layer as unknown as Hookable;
      const own = Object.getOwnPropertyDescriptor(target, 'call');
      const original = target.call.bind(target);
      target.call = (inputs, kwargs) => replacement(() => only(original(inputs, kwargs)), inputs);
      undo.push(() => {
        if (own) Object.defineProperty(target, 'call', own);
        else Reflect.deleteProperty(target, 'call');
      });
    }
    return run();
  } finally {
    for (const step of undo.reverse()) step();
  }
}

function withActivations<T>(swaps: ReadonlyMap<Layer, (x: Tensor) => Tensor>, run: () => T): T {
  const kept = new Map<Hookable, Hookable['activation']>();
  try {
    for (const [layer, apply] of swaps) {
      const target = layer as unknown as Hookable;
      kept.set(target, target.activation);
      // tfjs asks for the name, to fuse an activation into the layer: `linear` fuses nothing.
      target.activation = { apply, getClassName: () => 'linear' };
    }
    return run();
  } finally {
    for (const [target, activation] of kept) target.activation = activation!;
  }
}

function outputLayer(model: LayersModel, index = 0): Layer {
  const { sourceLayer, outputTensorIndex } = model.outputs[index]!;
  return isModel(sourceLayer)
    ? outputLayer(sourceLayer, outputTensorIndex)
    : (sourceLayer as Layer);
}

function activationName(layer: Layer): string | undefined {
  return (layer as unknown as Hookable).activation?.getClassName?.();
}

/** Whether the model ends in one sigmoid unit: its probability p stands for two classes, 1 - p and p. */
export function isBinary(model: LayersModel): boolean {
  const { shape } = model.outputs[0]!;
  return shape.length === 2 && shape[1] === 1 && activationName(outputLayer(model)) === 'sigmoid';
}

/**
 * Runs `run` while the model answers logits: the softmax or sigmoid of its last layer is passed
 * over. Gradients of probabilities vanish where the network is sure, those of logits do not.
 */
export function withLogits<T>(model: LayersModel, run: () => T): T {
  const last = outputLayer(model);
  if (last.getClassName() === 'Softmax') {
    const identity: Replacement = (_, inputs) => only(inputs).clone();
    return withReplacedCalls(new Map([[last, identity]]), run);
  }
  const name = activationName(last);
  if (name !== 'softmax' && name !== 'sigmoid') return run();
  return withActivations(new Map([[last, (x: Tensor) => x]]), run);
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

/** Runs `run` while every ReLU of the model propagates as guided backpropagation asks. */
export function withGuidedRelus<T>(model: LayersModel, run: () => T): T {
  const swaps = new Map<Layer, (x: Tensor) => Tensor>();
  const calls = new Map<Layer, Replacement>();
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
