import type { InterruptSender } from './interrupts';
import { type Paused, terminateMainThread } from './terminate';

/** Milliseconds that code has to handle an interrupt before it is terminated. */
const patience = {
  /** A cell's code up to its first `await`: most of it never polls. */
  untilAwait: 1000,
  later: 5000,
  /** While a progress bar is shown: a batch may take long, and the weights should be kept. */
  working: 20_000,
};

/** When, in milliseconds after the interrupt, the link checks whether it was handled. */
const looks = [patience.untilAwait, patience.later, patience.working];

interface Waiting {
  ticket: number;
  since: number;
  looks: number;
  /** Stop was pressed again: terminate without waiting. */
  urgent: boolean;
}

/**
 * Guarantees, from the link thread, that an interrupt takes effect: code that neither yields nor
 * polls is terminated by V8.
 *
 * A signal cannot do this: Node briefly restores the default signal handler whenever it starts or
 * stops watching a script, and a signal then ends the process.
 */
export class Stopper {
  private waiting: Waiting | null = null;
  private looking = false;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param tell passes the interrupt on to the main thread
   * @param terminated reports that its running code was terminated
   */
  constructor(
    private readonly sender: InterruptSender,
    private readonly tell: (ticket: number) => void,
    private readonly terminated: () => void,
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
    terminateMainThread({
      judge: (paused) => this.shouldTerminate(paused),
      done: (terminated) => {
        this.looking = false;
        if (terminated) {
          this.waiting = null;
          this.terminated();
        } else if (!this.isHeard()) this.lookLater();
      },
    });
  }

  private isHeard(): boolean {
    if (this.waiting && this.sender.wasHeard(this.waiting.ticket)) this.waiting = null;
    return this.waiting === null;
  }

  /** The main thread is paused meanwhile. */
  private shouldTerminate(paused: Paused): boolean {
    if (this.isHeard() || !this.waiting) return false;
    return isTerminated(paused, performance.now() - this.waiting.since, this.waiting.urgent);
  }
}

/**
 * Whether to terminate the main thread's running code.
 *
 * @param passed milliseconds since the interrupt
 * @param urgent stop was pressed again
 */
export function isTerminated(paused: Paused, passed: number, urgent: boolean): boolean {
  const { kernel, cell, between, loading, working } = paused;
  // The kernel's own work, such as compiling: it handles the interrupt afterwards.
  if (kernel && !cell) return false;
  // A request that Node is just delivering would be lost.
  if (between) return false;
  if (urgent) return true;
  if (loading) return false;
  // Up to the cell's first `await`, the kernel's code is on the stack too.
  if (kernel) return passed >= patience.untilAwait - 50;
  return passed >= (working ? patience.working : patience.later) - 50;
}
