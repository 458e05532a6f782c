import { EventEmitter } from 'node:events';
import { interrupt, sharedState } from '../../runtime';

/** Indices into the memory that the two threads share. */
const at = { polled: 0, asked: 1, heard: 2 };

/** Memory for the count of interrupts, shared by the two threads of the kernel. */
export type InterruptMemory = Int32Array;

/** The link thread's side: records an interrupt while the main thread cannot handle messages. */
export class InterruptSender {
  constructor(private readonly memory: InterruptMemory) {}

  /** Counts an interrupt; returns its number. */
  ask(): number {
    // In this order: code that sees the polled count also finds the request.
    const ticket = Atomics.add(this.memory, at.asked, 1) + 1;
    Atomics.add(this.memory, at.polled, 1);
    return ticket;
  }

  /** Whether the main thread has reached its event loop and handled the interrupt. */
  wasHeard(ticket: number): boolean {
    return Atomics.load(this.memory, at.heard) >= ticket;
  }
}

/**
 * The main thread's side. A cell that polls may end before the interrupt's message is read. So the
 * end of a cell consumes every interrupt requested until then: their late messages must not stop
 * the next cell.
 */
export class Interrupts {
  readonly memory: InterruptMemory = new Int32Array(new SharedArrayBuffer(12));
  private taken = 0;

  /**
   * Moves the process's count of interrupts into memory shared with the link thread, so that code
   * that polls sees an interrupt even if it never yields to the event loop.
   */
  share(): void {
    const { memory } = this;
    const interrupts = sharedState('interrupts', () => ({ emitter: new EventEmitter(), count: 0 }));
    Object.defineProperty(interrupts, 'count', {
      get: () => Atomics.load(memory, at.polled),
      set: () => Atomics.add(memory, at.polled, 1),
    });
  }

  /** Whether an interrupt was requested that no cell has consumed. */
  get isAsked(): boolean {
    return Atomics.load(this.memory, at.asked) > this.taken;
  }

  /** Consumes the interrupts requested until the end of a cell. Returns whether there were any. */
  take(): boolean {
    const asked = Atomics.load(this.memory, at.asked);
    const any = asked > this.taken;
    this.taken = asked;
    return any;
  }

  /**
   * Handles the link's message about an interrupt: notifies all listeners, unless a finished cell
   * consumed it.
   *
   * @param running whether a cell runs; if not, the interrupt is consumed and does not stop the
   *   next one
   * @returns whether the running cell is meant
   */
  hear(ticket: number, running: boolean): boolean {
    Atomics.store(this.memory, at.heard, ticket);
    if (ticket <= this.taken) return false;
    if (!running) this.taken = ticket;
    // Counted again: a loop may have started to poll after the link had counted.
    interrupt();
    return running;
  }
}
