import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import { methodPatch } from './patch';

interface TapeNode {
  outputs: Tensor[];
}

interface Engine {
  state: { activeTape: TapeNode[]; gradientDepth: number };
}

/**
 * Second gradients of ops whose gradient is written with their own output: exp, sigmoid, tanh,
 * softmax, and every `customGrad` that saves what it returns. tfjs records the saved copy on the
 * tape before the op, so that the copy is treated as a constant: the second gradient silently lacks
 * a term. Here the copies are recorded after the op.
 */
export const savedOutputs = methodPatch<
  Engine,
  [
    kernel: string,
    inputs: unknown,
    outputs: Tensor[],
    gradient: unknown,
    saved: Tensor[],
    attributes: unknown,
  ],
  void
>(
  () => Object.getPrototypeOf(tf.engine()) as object,
  'addTapeNode',
  (original, engine, args) => {
    original.apply(engine, args);
    const { activeTape: tape, gradientDepth } = engine.state;
    // Only a gradient inside a gradient needs it.
    if (gradientDepth < 2) return;
    const copies = new Set(args[4].map(({ id }) => id));
    const last = tape.length - 1;
    let first = last;
    while (first > 0 && copies.has(tape[first - 1]!.outputs[0]!.id)) first--;
    if (first < last) tape.splice(first, 0, tape.pop()!);
  },
);
