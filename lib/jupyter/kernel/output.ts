import { AsyncLocalStorage } from 'node:async_hooks';
import { type DisplayMessage, interceptor, setSink } from '../../notebook';
import type { Content, Origin } from './messages';

/** A cell that runs or ran: what it prints later still belongs to it. */
export interface CellRun {
  origin: Origin;
  number: number;
  /** The value of its last expression is not shown. */
  silent: boolean;
  /** Whoever had it executed answers an `input_request`. */
  allowStdin: boolean;
}

type Send = (type: string, content: Content, origin: Origin) => void;

/** Milliseconds and characters up to which prints are sent together. */
const batch = { pause: 25, size: 1 << 16 };

/** Sends what is printed and shown to the cell that did it, also when it was an earlier one. */
export class Output {
  private readonly cells = new AsyncLocalStorage<CellRun>();
  private last: CellRun | null = null;
  private pending: { name: string; texts: string[]; size: number; origin: Origin } | null = null;
  private sent = 0;
  private result: { message: DisplayMessage | null } | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly send: Send) {}

  /** Takes over what this process prints and shows. */
  capture(): void {
    process.stdout.write = this.writer('stdout', process.stdout.write.bind(process.stdout));
    process.stderr.write = this.writer('stderr', process.stderr.write.bind(process.stderr));
    setSink(
      (message, update) => this.show(message, update),
      (wait) => this.clear(wait),
    );
    // `import * as tslab from 'tslab'` shows things, too.
    require('tslab/dist/jupyter.js').lastWriteDisplayData = (
      message: DisplayMessage,
      update = false,
    ) => this.show(message, update);
  }

  /** Runs a cell: everything that it starts is known as its own. */
  run<T>(cell: CellRun, work: () => T): T {
    this.last = cell;
    return this.cells.run(cell, work);
  }

  /** The cell that the running code belongs to, or the last one. */
  cell(): CellRun | null {
    return this.cells.getStore() ?? this.last;
  }

  /**
   * Runs `display`, which shows the value of a cell's last expression: what it shows first is the
   * cell's `execute_result`.
   *
   * @returns what was sent as the result, null when nothing was
   */
  runResult(cell: CellRun, display: () => void): DisplayMessage | null {
    const result: { message: DisplayMessage | null } = { message: null };
    this.result = result;
    try {
      this.run(cell, display);
    } finally {
      this.result = null;
    }
    return result.message;
  }

  /** Sends what was printed and is held back. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.pending) return;
    const { name, texts, origin } = this.pending;
    this.pending = null;
    this.sent = performance.now();
    this.send('stream', { name, text: texts.join('') }, origin);
  }

  private show(message: DisplayMessage, update: boolean): void {
    const cell = this.cell();
    if (!cell) return;
    this.flush();
    if (this.result && !this.result.message && !update) {
      this.result.message = message;
      const content = { execution_count: cell.number, ...message };
      this.send('execute_result', content, cell.origin);
    } else {
      this.send(update ? 'update_display_data' : 'display_data', { ...message }, cell.origin);
    }
  }

  private clear(wait: boolean): void {
    const cell = this.cell();
    if (!cell) return;
    this.flush();
    this.send('clear_output', { wait }, cell.origin);
  }

  private writer(name: 'stdout' | 'stderr', original: typeof process.stdout.write) {
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const cell = this.cell();
      if (!cell) return (original as (...args: unknown[]) => boolean)(chunk, ...rest);
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      const take = interceptor();
      if (take)
        take({ bundle: { 'text/plain': text }, metadata: {}, id: undefined, update: false });
      else this.print(name, text, cell.origin);
      const done = rest.find((argument) => typeof argument === 'function');
      if (done) process.nextTick(done as () => void);
      return true;
    };
    return write as typeof process.stdout.write;
  }

  private print(name: string, text: string, origin: Origin): void {
    if (this.pending && (this.pending.name !== name || this.pending.origin !== origin))
      this.flush();
    this.pending ??= { name, texts: [], size: 0, origin };
    this.pending.texts.push(text);
    this.pending.size += text.length;
    // The clock is asked as well as the timer: a loop that never yields should be seen printing.
    const due = performance.now() - this.sent > batch.pause;
    if (due || this.pending.size > batch.size) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), batch.pause);
  }
}
