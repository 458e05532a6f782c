import { EventEmitter } from 'node:events';
import { sharedState } from '../runtime';

/**
 * Moves the process's count of interrupts into memory that the link thread can reach, so that work
 * that polls it sees an interrupt even when it never yields to the event loop.
 */
export function shareInterruptCount(): Int32Array {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const interrupts = sharedState('interrupts', () => ({ emitter: new EventEmitter(), count: 0 }));
  Object.defineProperty(interrupts, 'count', {
    get: () => Atomics.load(counter, 0),
    set: () => Atomics.add(counter, 0, 1),
  });
  return counter;
}
