import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { sharedState, tf } from '../runtime';
import { methodPatch, prototypeOf } from './patch';

// As in Keras: the output of a softmax or sigmoid keeps a reference to its logits, so that a
// cross-entropy can be computed from the logits, where it neither saturates nor needs clipping.
const remembered = sharedState('logits-by-activation', () => new WeakMap<Tensor, Remembered>());

/** The activations whose outputs keep their logits. */
export type LogitActivation = 'softmax' | 'sigmoid';

interface Remembered {
  logits: Tensor;
  activation: LogitActivation;
}

interface Scope {
  id: number;
  track: Tensor[];
}

/**
 * Moves a fresh tensor from the innermost `tf.tidy` to the outermost one that is running. Layers
 * run in their own tidy, and the loss is computed after the last layer.
 */
function outliveLayers(tensor: Tensor): void {
  const { scopeStack } = (tf.engine() as unknown as { state: { scopeStack: Scope[] } }).state;
  const inner = scopeStack[scopeStack.length - 1];
  const outer = scopeStack[0];
  if (!inner || !outer || inner === outer) return;
  const place = inner.track.lastIndexOf(tensor);
  if (place < 0) return;
  inner.track.splice(place, 1);
  (tensor as unknown as { scopeId: number }).scopeId = outer.id;
  outer.track.push(tensor);
}

function remember(output: Tensor, logits: Tensor, activation: LogitActivation): Tensor {
  const inScope = (tf.engine() as unknown as { state: { scopeStack: Scope[] } }).state.scopeStack;
  if (inScope.length === 0) {
    remembered.set(output, { logits, activation });
    return output;
  }
  const kept = tf.clone(logits);
  outliveLayers(kept);
  remembered.set(output, { logits: kept, activation });
  return output;
}

/**
 * The logits from which a softmax or sigmoid activation computed `tensor`, while they exist: until
 * the outermost `tf.tidy` or gradient computation around the forward pass ends. Undefined for any
 * other tensor. They belong to that scope: do not dispose of them.
 *
 * @param activation only the logits of this activation. A loss may use logits only where it belongs
 *   to the activation: the categorical cross-entropy to a softmax, the binary one to a sigmoid
 */
export function logitsOf(tensor: Tensor, activation?: LogitActivation): Tensor | undefined {
  const found = remembered.get(tensor);
  if (!found || found.logits.isDisposed) return undefined;
  return activation === undefined || found.activation === activation ? found.logits : undefined;
}

/** The activation that computed a tensor; undefined where `logitsOf` returns undefined. */
export function activationOf(tensor: Tensor): LogitActivation | undefined {
  return logitsOf(tensor) && remembered.get(tensor)!.activation;
}

/** tfjs's softmax activation, keeping the logits. */
export const softmaxActivation = methodPatch<object, [Tensor, number?], Tensor>(
  () => prototypeOf('softmax'),
  'apply',
  (original, self, [x, axis]) => {
    const output = original.call(self, x, axis);
    const last = axis === undefined || axis === -1 || axis === x.rank - 1;
    return last ? remember(output, x, 'softmax') : output;
  },
);

/** A layer that only reshapes passes on the logits of its input, if classes stay on the last axis. */
function handOn(className: 'Reshape' | 'Flatten') {
  return methodPatch<object, [Tensor | Tensor[], object], Tensor>(
    () => prototypeOf(className),
    'call',
    (original, self, [inputs, kwargs]) => {
      const output = original.call(self, inputs, kwargs);
      const input = Array.isArray(inputs) ? inputs[0]! : inputs;
      const logits = logitsOf(input);
      const activation = activationOf(input);
      const kept = input.shape[input.rank - 1] === output.shape[output.rank - 1];
      if (!logits || !(activation === 'sigmoid' || kept)) return output;
      return remember(output, tf.reshape(logits, output.shape), activation!);
    },
  );
}

export const reshapeLayer = handOn('Reshape');
export const flattenLayer = handOn('Flatten');

/** tfjs's sigmoid activation, keeping the logits. */
export const sigmoidActivation = methodPatch<object, [Tensor], Tensor>(
  () => prototypeOf('sigmoid'),
  'apply',
  (original, self, [x]) => remember(original.call(self, x), x, 'sigmoid'),
);
