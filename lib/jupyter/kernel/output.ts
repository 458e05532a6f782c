import { AsyncLocalStorage } from 'node:async_hooks';
import { type DisplayMessage, interceptor, setSink } from '../../notebook';
import type { Content, Origin } from './messages';

/** A cell that runs or ran: its later output still belongs to it. */
export interface CellRun {
  origin: Origin;
  number: number;
  /** The value of its last expression is not shown. */
  silent: boolean;
  /** The front end that executed it accepts an `input_request`. */
  allowStdin: boolean;
}

/** Sends to the link in order. */
interface Sender {
  publish(type: string, content: Content, origin: Origin): void;
  /** `origin` is missing when the cell is the one that printed last. */
  print(name: 'stdout' | 'stderr', text: string, origin: Origin | undefined): void;
}

/** Sends output to the cell that produced it, also to an earlier one. */
export class Output {
  private readonly cells = new AsyncLocalStorage<CellRun>();
  private last: CellRun | null = null;
  private printed: Origin | null = null;
  private result: { message: DisplayMessage | null } | null = null;

  constructor(private readonly sender: Sender) {}

  /** Redirects what this process prints and displays. */
  capture(): void {
    process.stdout.write = this.writer('stdout', process.stdout.write.bind(process.stdout));
    process.stderr.write = this.writer('stderr', process.stderr.write.bind(process.stderr));
    setSink(
      (message, update) => this.show(message, update),
      (wait) => this.clear(wait),
    );
    // `import * as tslab from 'tslab'` can display values too.
    require('tslab/dist/jupyter.js').lastWriteDisplayData = (
      message: DisplayMessage,
      update = false,
    ) => this.show(message, update);
  }

  /** Runs a cell: output of everything that it starts belongs to it. */
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

  private show(message: DisplayMessage, update: boolean): void {
    const cell = this.cell();
    if (!cell) return;
    if (this.result && !this.result.message && !update) {
      this.result.message = message;
      const content = { execution_count: cell.number, ...message };
      this.sender.publish('execute_result', content, cell.origin);
    } else {
      this.sender.publish(
        update ? 'update_display_data' : 'display_data',
        { ...message },
        cell.origin,
      );
    }
  }

  private clear(wait: boolean): void {
    const cell = this.cell();
    if (!cell) return;
    this.sender.publish('clear_output', { wait }, cell.origin);
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

  private print(name: 'stdout' | 'stderr', text: string, origin: Origin): void {
    this.sender.print(name, text, this.printed === origin ? undefined : origin);
    this.printed = origin;
  }
}
