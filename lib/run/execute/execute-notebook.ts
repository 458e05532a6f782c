import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Cell,
  type CellEnd,
  executeCell,
  hasTag,
  Kernel,
  type KernelOptions,
  type KernelSpec,
  type Message,
  type Notebook,
} from '../../jupyter';
import type { ProgressEvent } from '../../notebook';
import type { CellRun, Failure, FailureKind, NotebookRun } from '../record';
import { Events } from './events';
import { cellError, cellFailure, errorLine, failureOf } from './failure';
import { forgetPeak, peakMemory } from './memory';
import { CellOutputs, type Displays, defaultLimits, type OutputLimits } from './outputs';

export interface ExecuteOptions {
  name: string;
  spec: KernelSpec;
  parameters: Record<string, unknown>;
  kernel?: KernelOptions;
  /** Time limits in seconds for a cell, for the notebook, and for a cell without output. Default: no limit. */
  cellTimeout?: number;
  timeout?: number;
  silence?: number;
  limits?: OutputLimits;
  /** Ends the run: the running cell is interrupted, the kernel ended. */
  signal?: AbortSignal;
  watch?: RunWatch;
}

/** Callbacks during the run of a notebook. */
export interface RunWatch {
  onCell?(cell: number, of: number): void;
  onProgress?(event: ProgressEvent): void;
  onRetry?(reason: string): void;
  /** Called with what is still pending after the grace time of the last cell, such as `Timeout`. */
  onPending?(names: readonly string[]): void;
  /** After each cell, with the notebook as it is so far. */
  onCellDone?(run: CellRun): void;
}

const seconds = (from: number): number => Math.round((Date.now() - from) / 10) / 100;

/**
 * Executes a notebook in its own kernel and writes the outputs into it. A run passes only if every
 * code cell ran with status `ok` and every bound held. Errors of a notebook or kernel are not
 * thrown: they are in the record.
 */
export async function executeNotebook(
  notebook: Notebook,
  options: ExecuteOptions,
): Promise<NotebookRun> {
  return new Execution(notebook, options).run();
}

class Execution {
  private readonly begun = Date.now();
  private readonly events: Events;
  private readonly displays: Displays = new Map();
  /** The cells' outputs by the id of their request: late output goes to its own cell. */
  private readonly outputs = new Map<string, CellOutputs>();
  private readonly collected = new Map<Cell, CellOutputs>();
  private readonly cells: CellRun[] = [];
  /** Cells with an uncaught error, by their outputs. */
  private readonly unhandled = new Set<CellOutputs>();
  private readonly code: Cell[];
  private readonly never = new AbortController().signal;
  private count = 0;
  private precision: string[] = [];

  constructor(
    notebook: Notebook,
    private readonly options: ExecuteOptions,
  ) {
    this.code = notebook.cells.filter((cell) => cell.cell_type === 'code');
    this.events = new Events((event) => options.watch?.onProgress?.(event));
    for (const cell of this.code) {
      cell.outputs = [];
      cell.execution_count = null;
    }
  }

  async run(): Promise<NotebookRun> {
    const { spec, signal, watch } = this.options;
    let kernel: Kernel;
    try {
      kernel = await Kernel.start(spec, {
        ...this.options.kernel,
        ...(signal && { signal }),
        onRetry: (reason) => watch?.onRetry?.(reason),
      });
    } catch (error) {
      return this.record(failureOf('kernel-start', (error as Error).message));
    }
    const listen = (message: Message) => this.take(message);
    kernel.on('broadcast', listen);
    try {
      return this.record(await this.runCells(kernel));
    } catch (error) {
      return this.record(failureOf('internal', (error as Error).stack ?? String(error)));
    } finally {
      await kernel.stop();
      kernel.off('broadcast', listen);
    }
  }

  private take(message: Message): void {
    const id = message.parent_header.msg_id ?? '';
    const outputs = this.outputs.get(id);
    outputs?.take(message);
    this.events.take(message);
    // An error that the reply does not report. Plain tslab prints it and continues.
    const { msg_type } = message.header;
    const printed = msg_type === 'stream' && message.content.name === 'stderr';
    const lost = /^(UnhandledPromiseRejection|UncaughtException):/m;
    if (outputs && (msg_type === 'error' || (printed && lost.test(message.content.text)))) {
      this.unhandled.add(outputs);
    }
  }

  private async runCells(kernel: Kernel): Promise<Failure | null> {
    for (const [index, cell] of this.code.entries()) {
      this.options.watch?.onCell?.(index + 1, this.code.length);
      const failure = (await this.runCell(kernel, cell, index + 1)) ?? this.lateFailure();
      if (failure) return failure;
      if (this.options.signal?.aborted) return null;
    }
    return this.settle(kernel);
  }

  /** A promise without await may be rejected after the last cell, and a timer may throw. */
  private async settle(kernel: Kernel): Promise<Failure | null> {
    const signal = this.options.signal ?? this.never;
    try {
      // For a kernel that replies to the settle request at once.
      await sleep(50);
      const pending = await kernel.settle(signal);
      const late = this.lateFailure();
      if (late || signal.aborted) return late;
      if (pending === null) {
        return failureOf(
          'output-lost',
          'the kernel does not respond: pending work of the cells blocks it',
        );
      }
      if (pending.length > 0) this.options.watch?.onPending?.(pending);
      return null;
    } catch (error) {
      return this.lateFailure() ?? failureOf('kernel-died', (error as Error).message);
    }
  }

  private async runCell(kernel: Kernel, cell: Cell, number: number): Promise<Failure | null> {
    const run: CellRun = {
      cell: number,
      id: cell.id,
      status: 'ok',
      seconds: 0,
      peakMemory: null,
      tensors: null,
    };
    this.cells.push(run);
    if (!cell.source.trim() || hasTag(cell, 'skip-execution')) return null;
    const begun = Date.now();
    const outputs = new CellOutputs(this.displays, this.options.limits ?? defaultLimits);
    this.collected.set(cell, outputs);
    forgetPeak(kernel.pid);
    const end = await executeCell(kernel, cell.source, {
      timeout: Math.min(this.cellTimeout(cell), this.timeLeft()) * 1000,
      silence: (this.options.silence || Infinity) * 1000,
      signal: this.options.signal ?? this.never,
      grace: 5000,
      drain: 20_000,
      onStart: (id) => this.outputs.set(id, outputs),
      onMessage: () => {},
    });
    run.seconds = seconds(begun);
    run.peakMemory = peakMemory(kernel.pid);
    if (end.how === 'replied') {
      run.tensors = end.tensors;
      if (end.precision.length > 0) this.precision = end.precision;
    }
    cell.execution_count = (end.how === 'replied' && end.count) || ++this.count;
    this.count = cell.execution_count;
    cell.outputs = outputs.outputs();
    const failure = this.judge(end, cell, number, outputs);
    if (failure || end.how === 'interrupted') {
      run.status = end.how === 'interrupted' ? 'interrupted' : 'failed';
    }
    // tslab replies `abort` to all requests shortly after an error.
    else if (hasTag(cell, 'raises-exception')) await sleep(300);
    this.options.watch?.onCellDone?.(run);
    return failure;
  }

  private judge(end: CellEnd, cell: Cell, number: number, outputs: CellOutputs): Failure | null {
    const fail = (kind: FailureKind, message: string, line: number | null = null) =>
      cellFailure(kind, message, { cell, number, line, output: outputs.tail() });
    switch (end.how) {
      case 'died':
        return fail('kernel-died', end.message);
      case 'silence':
        return fail('silence', `the cell printed nothing for ${this.options.silence} s`);
      case 'output-lost':
        return fail('output-lost', 'the kernel replied, but the end of its output is missing');
      case 'interrupted':
        return null;
      case 'timeout':
        return this.timeLeft() <= 0
          ? fail('notebook-timeout', `the notebook took more than ${this.options.timeout} s`)
          : fail('cell-timeout', `the cell took more than ${this.cellTimeout(cell)} s`);
    }
    const expected = hasTag(cell, 'raises-exception');
    if (end.status === 'error' || (end.status === 'ok' && this.unhandled.has(outputs))) {
      if (expected) return null;
      const { message, text } = cellError(cell.outputs!);
      const kind = end.status === 'ok' ? 'unhandled-rejection' : 'cell-failed';
      return fail(kind, message, errorLine(text));
    }
    if (end.status !== 'ok') {
      return fail('cell-aborted', `the kernel did not run the cell: it replied "${end.status}"`);
    }
    return null;
  }

  /** The first cell whose error came after its reply `ok`. */
  private lateFailure(): Failure | null {
    for (const [index, cell] of this.code.entries()) {
      const outputs = this.collected.get(cell);
      if (!outputs || !this.unhandled.has(outputs) || hasTag(cell, 'raises-exception')) continue;
      const { message, text } = cellError(outputs.outputs());
      this.cells[index]!.status = 'failed';
      return cellFailure('unhandled-rejection', message, {
        cell,
        number: index + 1,
        line: errorLine(text),
        output: outputs.tail(),
      });
    }
    return null;
  }

  private cellTimeout(cell: Cell): number {
    const own = (cell.metadata['gradbook'] as { timeout?: number } | undefined)?.timeout;
    return own ?? (this.options.cellTimeout || Infinity);
  }

  private timeLeft(): number {
    return (this.options.timeout || Infinity) - (Date.now() - this.begun) / 1000;
  }

  private record(failure: Failure | null): NotebookRun {
    for (const [index, cell] of this.code.entries()) {
      // Again, for output after the cell's end.
      cell.outputs = this.collected.get(cell)?.outputs() ?? [];
      if (index < this.cells.length) continue;
      const nothing = { seconds: 0, peakMemory: null, tensors: null };
      this.cells.push({ cell: index + 1, id: cell.id, status: 'not-run', ...nothing });
    }
    const bounds = this.events.allBounds();
    const peaks = this.cells.map((cell) => cell.peakMemory ?? 0);
    const interrupted = this.options.signal?.aborted;
    const missed = bounds.some((bound) => bound.holds === false);
    return {
      name: this.options.name,
      status: interrupted ? 'interrupted' : failure ? 'failed' : missed ? 'bound-missed' : 'passed',
      startedAt: new Date(this.begun).toISOString(),
      seconds: seconds(this.begun),
      parameters: this.options.parameters,
      cells: this.cells,
      bounds,
      results: this.events.allResults(),
      trainings: this.events.allTrainings(),
      peakMemory: Math.max(0, ...peaks) || null,
      tensors: [...this.cells].reverse().find((cell) => cell.tensors !== null)?.tensors ?? null,
      precision: this.precision,
      failure: interrupted ? null : failure,
    };
  }
}
