import { EventEmitter } from 'node:events';
import { sharedState } from './shared-state';

/**
 * The process's interrupts. The notebook kernel emits `interrupt` here when the user presses
 * JupyterLab's stop button; long work polls `interruptSince` between two steps and ends cleanly.
 */
const interrupts = sharedState('interrupts', () => ({ emitter: new EventEmitter(), count: 0 }));

/** Interrupts long work. Called by the kernel on SIGINT, and by tests. */
export function interrupt(): void {
  interrupts.count++;
  interrupts.emitter.emit('interrupt');
}

/** The number of interrupts so far: read it before long work and pass it to `interruptSince`. */
export function interruptCount(): number {
  return interrupts.count;
}

/** Whether there was an interrupt since `count` was read. Cheap: poll it at every step. */
export function interruptSince(count: number): boolean {
  return interrupts.count > count;
}

/** Calls `listener` at each interrupt until the returned function is called. */
export function onInterrupt(listener: () => void): () => void {
  interrupts.emitter.on('interrupt', listener);
  return () => interrupts.emitter.off('interrupt', listener);
}
