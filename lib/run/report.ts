import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GradbookError, writeFileAtomic } from '../runtime';
import { executeNotebook } from './execute-notebook';
import { failureOf } from './failure';
import { injectParameters } from './inject';
import { writeNotebook } from './notebook';
import type { ReportOptions } from './options';
import { type Planned, plan } from './plan';
import type { NotebookRun } from './record';
import type { Reporter } from './reporter';
import {
  exitCode,
  type Finished,
  type NotebookSummary,
  type Summary,
  summarize,
  summarizeNotebook,
} from './summary';

/**
 * Executes the chosen notebooks and writes the reports. Returns the summary; its exit code is
 * `exitCode(summary.status)`.
 *
 * @param signal ends the run: what is done is kept, what is missing is named
 * @throws GradbookError `usage` or `parameter` before anything starts; `output-write` when the
 * reports cannot be written
 */
export async function report(
  options: ReportOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Summary> {
  const planned = plan(options);
  checkWritable(options.out);
  return new Report(options, reporter, signal, planned).run();
}

function checkWritable(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
    writeFileAtomic(path.join(folder, '.write-test'), '');
    fs.rmSync(path.join(folder, '.write-test'));
  } catch (error) {
    throw new GradbookError(
      `the reports cannot be written to ${folder}: ${(error as Error).message}. ` +
        'Make room or choose another folder with --out.',
      'output-write',
    );
  }
}

class Report {
  private readonly startedAt = new Date().toISOString();
  private readonly done = new Map<string, NotebookSummary>();
  private readonly stop = new AbortController();

  constructor(
    private readonly options: ReportOptions,
    private readonly reporter: Reporter,
    private readonly signal: AbortSignal,
    private readonly planned: readonly Planned[],
  ) {}

  async run(): Promise<Summary> {
    this.reporter.begin(this.planned.map(({ name }) => name));
    for (const one of this.planned) {
      if (this.signal.aborted || this.stop.signal.aborted) break;
      const runs: Finished[] = [];
      for (const [index, parameters] of one.runs.entries()) {
        if (this.signal.aborted) break;
        runs.push(await this.runOnce(one, parameters, index));
      }
      if (runs.length === 0) continue;
      const entry = summarizeNotebook(runs);
      this.done.set(one.name, entry);
      this.writeSummary();
      if (this.options.failFast && entry.status !== 'passed') this.stop.abort();
    }
    const summary = this.writeSummary();
    this.reporter.end(summary, [path.join(this.options.out, 'summary.json')]);
    return summary;
  }

  private async runOnce(
    one: Planned,
    parameters: Planned['runs'][number],
    index: number,
  ): Promise<Finished> {
    const label = index === 0 ? one.name : `${one.name}.seed-${parameters['seed']}`;
    const reason = '';
    if (!one.ready) {
      const run = notRun(label, failureOf(one.failure!.kind, one.failure!.message));
      this.reporter.finished(label, run, false, reason);
      return { run, title: one.name, cached: false, reason, notebook: null, html: null };
    }
    this.reporter.started(label, 'asked for');
    const notebook = injectParameters(structuredClone(one.ready.notebook), parameters);
    const values = Object.fromEntries(
      one.ready.declared.map((declared) => [
        declared.name,
        parameters[declared.name] ?? declared.default,
      ]),
    );
    const { reporter, options } = this;
    const run = await executeNotebook(notebook, {
      name: one.name,
      spec: one.ready.spec,
      parameters: values,
      kernel: { startTimeout: options.startTimeout, variables: this.variables() },
      cellTimeout: options.cellTimeout,
      timeout: options.timeout,
      silence: options.silence,
      signal: this.signal,
      watch: {
        onCell: (cell, of) => reporter.cell(label, cell, of),
        onCellDone: (cell) => reporter.cellDone(label, cell),
        onProgress: (event) => reporter.progress(label, event),
        onRetry: (why) => reporter.note(label, `the kernel is started again: ${why}`),
      },
    });
    const file = `${label}.ipynb`;
    writeNotebook(path.join(options.out, file), notebook);
    reporter.finished(label, run, false, reason);
    return { run, title: one.name, cached: false, reason, notebook: file, html: null };
  }

  /** The kernels' share of the machine, and the data set they read. */
  private variables(): Record<string, string> {
    const { jobs, data } = this.options;
    const threads = String(Math.max(1, Math.floor(os.cpus().length / jobs)));
    const shares = jobs > 1 ? { TF_NUM_INTRAOP_THREADS: threads, OMP_NUM_THREADS: threads } : {};
    return { ...shares, ...(data && { GRADBOOK_DATA: data }) };
  }

  private writeSummary(): Summary {
    const missing = this.planned.filter(({ name }) => !this.done.has(name)).map(({ name }) => name);
    const summary = summarize([...this.done.values()], {
      startedAt: this.startedAt,
      profile: this.options.profile,
      engine: null,
      missing,
    });
    writeFileAtomic(
      path.join(this.options.out, 'summary.json'),
      `${JSON.stringify(summary, null, 2)}\n`,
    );
    return summary;
  }
}

function notRun(name: string, failure: NotebookRun['failure']): NotebookRun {
  return {
    name,
    status: 'failed',
    startedAt: new Date().toISOString(),
    seconds: 0,
    parameters: {},
    cells: [],
    bounds: [],
    results: [],
    peakMemory: null,
    tensors: null,
    failure,
  };
}

export { exitCode };
