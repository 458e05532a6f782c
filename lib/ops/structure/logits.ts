import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Layer } from './graph';
import { checkOutputUsedOnce, modelOutput } from './output';

type Call = (inputs: Tensor | Tensor[], kwargs: object) => Tensor | Tensor[];

interface Hookable {
  call: Call;
  activation?: { apply(x: Tensor): Tensor; getClassName?(): string };
}

/** Replaces a layer's output; `original` computes its own. */
export type CallReplacement = (original: () => Tensor, inputs: Tensor | Tensor[]) => Tensor;

function only(output: Tensor | Tensor[]): Tensor {
  return Array.isArray(output) ? output[0]! : output;
}

/**
 * Runs `run` while the outputs of the given layers are replaced, and restores them, after an error
 * too. It works for layers of any topology, in nested models too, since tfjs calls `layer.call` for
 * each.
 */
export function withReplacedCalls<T>(
  replacements: ReadonlyMap<Layer, CallReplacement>,
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

/** Runs `run` while the given layers have another activation, and restores their own. */
export function withActivations<T>(
  swaps: ReadonlyMap<Layer, (x: Tensor) => Tensor>,
  run: () => T,
): T {
  const kept = new Map<Hookable, Hookable['activation']>();
  try {
    for (const [layer, apply] of swaps) {
      const target = layer as unknown as Hookable;
      kept.set(target, target.activation);
      // tfjs uses the name to fuse an activation into the layer: `linear` fuses nothing.
      target.activation = { apply, getClassName: () => 'linear' };
    }
    return run();
  } finally {
    for (const [target, activation] of kept) target.activation = activation!;
  }
}

/**
 * Runs `run` while a model with one output returns logits: its final softmax or sigmoid, even if
 * followed by a reshape or flatten, is skipped. Other activations stay.
 *
 * @throws GradbookError `bad-model`, `shared-layer` where the logits cannot be determined, before
 *   `run`
 */
export function withLogits<T>(model: LayersModel, run: () => T): T {
  const output = modelOutput(model);
  const { layer, activation } = output;
  if (activation !== 'softmax' && activation !== 'sigmoid') return run();
  checkOutputUsedOnce(model, output);
  if (layer.getClassName() === 'Softmax') {
    const identity: CallReplacement = (_, inputs) => only(inputs).clone();
    return withReplacedCalls(new Map([[layer, identity]]), run);
  }
  return withActivations(new Map([[layer, (x: Tensor) => x]]), run);
}
