import { EventEmitter } from 'node:events';
import { sharedState } from './shared-state';

/**
 * The process's interrupts. The notebook kernel emits `interrupt` here when somebody presses
 * JupyterLab's stop button; long work asks `interruptSince` between two steps and ends cleanly.
 */
const interrupts = sharedState('interrupts', () => ({ emitter: new EventEmitter(), count: 0 }));

/** Tells long work to end. Called by the kernel on SIGINT, and by tests. */
export function interrupt(): void {
  interrupts.count++;
  interrupts.emitter.emit('interrupt');
}

/** How many interrupts there have been: take it before long work and ask `interruptSince` with it. */
export function interruptCount(): number {
  return interrupts.count;
}

/** Whether somebody interrupted since `count` was taken. Costs nothing: poll it at every step. */
export function interruptSince(count: number): boolean {
  return interrupts.count > count;
}

/** Calls `listener` at each interrupt until the returned function is called. */
export function onInterrupt(listener: () => void): () => void {
  interrupts.emitter.on('interrupt', listener);
  return () => interrupts.emitter.off('interrupt', listener);
}
