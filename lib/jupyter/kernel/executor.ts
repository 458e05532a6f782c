import * as crypto from 'node:crypto';
import * as util from 'node:util';
import * as vm from 'node:vm';
import { endProgress, isWorking } from '../../notebook';
import { inWorkspace, setExecutedCode } from '../../runtime';
import type { Compiled, Compiler, Place } from './compiler';
import { type CellSource, describe, type Failure, interruptedFailure } from './failure';
import type { Interrupts } from './interrupts';
import type { Content } from './messages';
import { dropChanged, requireInCell, viewOf } from './modules';
import type { CellRun, Output } from './output';
import { Scope } from './scope';

/** Milliseconds that an interrupted cell gets to end by itself: while a bar is shown, and otherwise. */
const grace = { working: 20_000, otherwise: 1000 };

/** How a cell ended. */
export interface Outcome {
  /** Null when it succeeded. */
  failure: Failure | null;
  /** Whether it was interrupted, even if it succeeded. */
  interrupted: boolean;
  /** Results of the request's `user_expressions`; empty when the cell failed. */
  expressions: Content;
  /** Text of the last expression's value; null when it had none. */
  result: string | null;
}

interface Running {
  cell: CellRun;
  interrupts: number;
  /** The cell's declarations, once it is compiled. */
  declarations: string;
  expressions: Content;
  result: string | null;
  /** Ends the cell immediately. */
  end(failure: Failure): void;
}

/** Runs cells, one at a time. */
export class Executor {
  private readonly scope = new Scope();
  private readonly cells = new Map<number, CellSource>();
  private readonly executed = crypto.createHash('sha256');
  private running: Running | null = null;
  /** An error that occurred after its cell had ended: the next cell reports it. */
  private stray: Failure | null = null;

  constructor(
    private readonly compiler: Compiler,
    private readonly output: Output,
    private readonly interrupts: Interrupts,
  ) {
    const shared = globalThis as unknown as Record<symbol, unknown>;
    shared[Symbol.for('gradbook.cell')] = { exports: this.scope.exports, require: requireInCell };
  }

  /**
   * Runs a cell to its end and shows its last value. Never throws.
   *
   * @param asked expressions that are evaluated after the cell, by name
   */
  async execute(source: string, cell: CellRun, asked: Content = {}): Promise<Outcome> {
    let end: Running['end'] = () => {};
    const ended = new Promise<Failure>((resolve) => {
      end = resolve;
    });
    const running: Running = {
      cell,
      interrupts: 0,
      declarations: '',
      expressions: {},
      result: null,
      end,
    };
    this.running = running;
    this.cells.set(cell.number, { source, locate: (place) => place });
    this.executed.update(JSON.stringify(source));
    setExecutedCode(this.executed.copy().digest('hex'));
    const failure = await Promise.race([this.begin(source, running, asked), ended]);
    // Node reports unhandled errors of the cell in this turn of the event loop.
    const late = await Promise.race([ended, new Promise<null>((next) => setImmediate(next, null))]);
    this.running = null;
    const interrupted = this.interrupts.take() || running.interrupts > 0;
    const found = failure ?? late ?? this.takeStray();
    if (found) {
      this.keepReached(running.declarations);
      endProgress(interrupted ? 'interrupted' : 'failed', found.ename);
    }
    const { expressions, result } = running;
    return { failure: found, interrupted, expressions: found ? {} : expressions, result };
  }

  get isRunning(): boolean {
    return this.running !== null;
  }

  /** The user pressed stop: the cell gets some time to end by itself, and none the second time. */
  interrupt(): void {
    const { running } = this;
    if (!running) return;
    running.interrupts++;
    const patience = running.interrupts > 1 ? 0 : isWorking() ? grace.working : grace.otherwise;
    setTimeout(() => running.end(interruptedFailure()), patience);
  }

  /** The running code was terminated: its promise never settles. */
  terminated(): void {
    const { running } = this;
    if (!running) return;
    running.interrupts++;
    running.end(interruptedFailure());
  }

  /**
   * Records an unhandled error. The cell it came from fails if it is still running; otherwise the
   * next cell to end fails.
   *
   * @returns what to show with the cell that it came from, null when that cell shows it itself
   */
  fail(error: unknown): { failure: Failure; cell: CellRun } | null {
    const cell = this.output.cell();
    if (!cell) return null;
    const failure = describe(error, this.cells, cell.number);
    failure.traceback.unshift('Unhandled error:');
    if (this.running?.cell === cell) {
      this.running.end(failure);
      return null;
    }
    this.stray = failure;
    return { failure, cell };
  }

  /** An error of code that no running cell waits for. */
  describe(error: unknown): Failure {
    return describe(error, this.cells, this.output.cell()?.number ?? 0);
  }

  /** The cell that ends the process, with its failure; null before the first cell. */
  leave(call: Error): { failure: Failure; cell: CellRun; isRunning: boolean } | null {
    const cell = this.output.cell();
    if (!cell) return null;
    const failure = describe(call, this.cells, cell.number);
    return { failure, cell, isRunning: this.running?.cell === cell };
  }

  private takeStray(): Failure | null {
    const { stray } = this;
    this.stray = null;
    if (!stray) return null;
    const hint = 'An earlier cell failed after finishing; this cell succeeded.';
    return { ...stray, traceback: [hint, ...stray.traceback] };
  }

  /**
   * Starts in a separate turn of the event loop: terminating the running code must not terminate
   * the code that awaits it.
   */
  private begin(source: string, running: Running, asked: Content): Promise<Failure | null> {
    return new Promise((resolve) => {
      setImmediate(() => void this.work(source, running, asked).then(resolve));
    });
  }

  private async work(source: string, running: Running, asked: Content): Promise<Failure | null> {
    const { cell } = running;
    // Code that starts after an interrupt would not see it when it polls.
    const isStopped = () => this.interrupts.isAsked || running.interrupts > 0;
    if (isStopped()) return interruptedFailure();
    try {
      dropChanged();
      const compiled = this.compiler.compile(source);
      if (isStopped()) return interruptedFailure();
      running.declarations = compiled.declarations;
      this.cells.set(cell.number, { source, locate: compiled.locate });
      await this.output.run(cell, () => run(compiled, `cell ${cell.number}`));
      // It may have been abandoned while it ran.
      if (this.running !== running) return null;
      this.compiler.declarations = compiled.declarations;
      const value = compiled.lastName ? this.scope.take(compiled.lastName) : undefined;
      if (value !== undefined && value !== null && !cell.silent) {
        const shown = this.output.runResult(cell, () => show(value));
        running.result = shown?.data['text/plain'] ?? null;
      }
      for (const [name, expression] of Object.entries(asked)) {
        running.expressions[name] = await this.evaluate(String(expression), cell);
      }
      return null;
    } catch (error) {
      return describe(error, this.cells, cell.number);
    }
  }

  /** A value as text, or the error, in the format of `user_expressions`. */
  private async evaluate(expression: string, cell: CellRun): Promise<Content> {
    try {
      const compiled = this.compiler.compile(expression);
      await this.output.run(cell, () => run(compiled, 'user expression'));
      const value = compiled.lastName ? this.scope.take(compiled.lastName) : undefined;
      return { status: 'ok', data: { 'text/plain': util.inspect(value) }, metadata: {} };
    } catch (error) {
      const source = { source: expression, locate: (place: Place) => place };
      return { status: 'error', ...describe(error, new Map([[cell.number, source]]), cell.number) };
    }
  }

  /** The names that a failed cell reached remain, as in Python. */
  private keepReached(declarations: string): void {
    if (!declarations) return;
    this.compiler.declarations = this.compiler.reached(declarations, (name) =>
      this.scope.has(name),
    );
  }
}

/** Runs compiled code. */
function run({ code, isAsync }: Compiled, filename: string): unknown {
  if (!code) return undefined;
  const cell = "globalThis[Symbol.for('gradbook.cell')]";
  const head = `(${isAsync ? 'async ' : ''}function (exports, require) { `;
  const script = new vm.Script(`${head}${code}\n})(${cell}.exports, ${cell}.require)`, {
    filename,
    columnOffset: -head.length,
  });
  return script.runInThisContext();
}

/** Displays a value. A proxy whose traps throw is displayed by its target, as in Node's REPL. */
function show(value: unknown): void {
  try {
    display(value);
  } catch (error) {
    if (!util.types.isProxy(value)) throw error;
    display(util.inspect(value));
  }
}

/** The current `display` of the workspace, which may have been edited since the kernel started. */
function display(value: unknown): void {
  const notebook = viewOf(inWorkspace('lib/notebook/index.ts')) as typeof import('../../notebook');
  notebook.display(value);
}
