import type { InterruptSender } from './interrupts';
import { type Paused, tearMainThread } from './tear';

/** Milliseconds that code gets to hear of an interrupt before it is torn off. */
const patience = {
  /** A cell's code up to its first `await`: most of it never asks. */
  untilAwait: 1000,
  later: 5000,
  /** Behind a progress bar: a batch may take long, and what was learnt should be kept. */
  working: 20_000,
};

/** When, in milliseconds after the interrupt, the link looks whether it was heard. */
const looks = [patience.untilAwait, patience.later, patience.working];

interface Waiting {
  ticket: number;
  since: number;
  looks: number;
  /** Somebody pressed stop again: nothing is waited for. */
  urgent: boolean;
}

/**
 * Sees to it that an interrupt has an end, from the link thread: what neither yields nor polls is
 * torn off by V8's emergency stop.
 *
 * No signal does this: Node replaces its signal handler by the default one for a moment whenever it
 * begins or ends to watch a script, and a signal then ends the process.
 */
export class Stopper {
  private waiting: Waiting | null = null;
  private looking = false;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param tell passes the interrupt on to the main thread
   * @param torn tells it that it was torn out of what it ran
   */
  constructor(
    private readonly sender: InterruptSender,
    private readonly tell: (ticket: number) => void,
    private readonly torn: () => void,
  ) {}

  interrupt(): void {
    const ticket = this.sender.ask();
    this.tell(ticket);
    const { waiting } = this;
    const urgent = waiting !== null && !this.sender.wasHeard(waiting.ticket);
    const since = urgent ? waiting.since : performance.now();
    this.waiting = { ticket, since, looks: urgent ? waiting.looks : 0, urgent };
    if (urgent) this.look();
    else this.lookLater();
  }

  private lookLater(): void {
    const { waiting } = this;
    clearTimeout(this.timer);
    if (!waiting) return;
    const next = looks[waiting.looks++];
    const passed = performance.now() - waiting.since;
    const pause = next === undefined ? patience.later : next - passed;
    this.timer = setTimeout(() => this.look(), Math.max(0, pause));
  }

  private look(): void {
    if (this.looking || this.isHeard()) return;
    this.looking = true;
    tearMainThread({
      judge: (paused) => this.shouldTear(paused),
      done: (torn) => {
        this.looking = false;
        if (torn) {
          this.waiting = null;
          this.torn();
        } else if (!this.isHeard()) this.lookLater();
      },
    });
  }

  private isHeard(): boolean {
    if (this.waiting && this.sender.wasHeard(this.waiting.ticket)) this.waiting = null;
    return this.waiting === null;
  }

  /** The main thread stands still meanwhile. */
  private shouldTear(paused: Paused): boolean {
    if (this.isHeard() || !this.waiting) return false;
    return isTerminated(paused, performance.now() - this.waiting.since, this.waiting.urgent);
  }
}

/**
 * Whether to end what the main thread runs.
 *
 * @param passed milliseconds since the interrupt
 * @param urgent somebody pressed stop again
 */
export function isTerminated(paused: Paused, passed: number, urgent: boolean): boolean {
  const { kernel, cell, between, loading, working } = paused;
  // The kernel's own work, such as compiling: it will hear afterwards.
  if (kernel && !cell) return false;
  // A request that Node is just handing over would be lost.
  if (between) return false;
  if (urgent) return true;
  if (loading) return false;
  // Up to its first `await`, the kernel that called the cell is still below it.
  if (kernel) return passed >= patience.untilAwait - 50;
  return passed >= (working ? patience.working : patience.later) - 50;
}
