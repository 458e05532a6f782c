import { EventEmitter } from 'node:events';
import { interrupt, sharedState } from '../../runtime';

/** Places in the memory that the two threads share. */
const at = { polled: 0, asked: 1, heard: 2 };

/** Memory for the count of interrupts, shared by the two threads of the kernel. */
export type InterruptMemory = Int32Array;

/** The link thread's side: says that somebody pressed stop, before the main thread can listen. */
export class InterruptSender {
  constructor(private readonly memory: InterruptMemory) {}

  /** Counts an interrupt; returns its number. */
  ask(): number {
    // In this order: whoever sees the count that is polled finds that it was asked for.
    const ticket = Atomics.add(this.memory, at.asked, 1) + 1;
    Atomics.add(this.memory, at.polled, 1);
    return ticket;
  }

  /** Whether the main thread has come to its event loop and heard of the interrupt. */
  wasHeard(ticket: number): boolean {
    return Atomics.load(this.memory, at.heard) >= ticket;
  }
}

/**
 * The main thread's side. A cell that polls may end before the message that tells of the interrupt
 * is read. So a cell takes with it, at its end, every interrupt asked for until then: its message
 * comes late and must not stop the next cell.
 */
export class Interrupts {
  readonly memory: InterruptMemory = new Int32Array(new SharedArrayBuffer(12));
  private taken = 0;

  /**
   * Moves the process's count of interrupts into memory that the link thread can reach, so that
   * work that polls it sees an interrupt even when it never yields to the event loop.
   */
  share(): void {
    const { memory } = this;
    const interrupts = sharedState('interrupts', () => ({ emitter: new EventEmitter(), count: 0 }));
    Object.defineProperty(interrupts, 'count', {
      get: () => Atomics.load(memory, at.polled),
      set: () => Atomics.add(memory, at.polled, 1),
    });
  }

  /** Whether an interrupt was asked for that no cell has taken. */
  get isAsked(): boolean {
    return Atomics.load(this.memory, at.asked) > this.taken;
  }

  /** A cell ends: what was asked for until now was meant for it. Tells whether there was anything. */
  take(): boolean {
    const asked = Atomics.load(this.memory, at.asked);
    const any = asked > this.taken;
    this.taken = asked;
    return any;
  }

  /**
   * The link's message about an interrupt has been read. Tells everything that works, unless a cell
   * that has ended took it.
   *
   * @param running whether a cell runs; if not, it is taken: it was not meant for the next one
   * @returns whether the running cell is meant
   */
  hear(ticket: number, running: boolean): boolean {
    Atomics.store(this.memory, at.heard, ticket);
    if (ticket <= this.taken) return false;
    if (!running) this.taken = ticket;
    // Counted again: a loop may have begun to poll after the link had counted.
    interrupt();
    return running;
  }
}
