import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type Notebook, notebookTitle, settleGrace, writeNotebook } from '../../jupyter';
import { GradbookError } from '../../runtime';
import { type CacheKey, cacheKey, sha256 } from '../cache/cache-key';
import { type RunCache, withKeptOutputs } from '../cache/run-cache';
import { injectParameters } from '../plan/inject';
import type { ReportOptions } from '../plan/options';
import type { Parameter, ParameterValue } from '../plan/parameters';
import type { Planned } from '../plan/plan';
import type { Failure, NotebookRun, RunStatus } from '../record';
import type { Reporter } from '../reporters/reporter';
import type { Finished } from '../summary/summary';
import { executeNotebook } from './execute-notebook';
import { failureOf } from './failure';
import { defaultLimits } from './outputs';
import { threadVariables } from './thread-variables';

export interface RunContext {
  options: ReportOptions;
  reporter: Reporter;
  cache: RunCache;
  signal: AbortSignal;
  /** Start times of the runs of the needed notebooks, by name. */
  needs: Record<string, string>;
  /** The GPU to run on, as `CUDA_VISIBLE_DEVICES` names it; undefined for TensorFlow's choice. */
  card?: string | undefined;
  /** Folder where long trainings are kept until the run passes; undefined for none. */
  trainings?: string | undefined;
}

/** One run of a notebook: from the cache, or executed and cached if it passes. */
export async function runNotebook(
  planned: Planned,
  given: Record<string, ParameterValue>,
  label: string,
  context: RunContext,
): Promise<Finished> {
  const { options, reporter, cache } = context;
  const { notebook: source, declared } = planned.ready!;
  const notebook = injectParameters(structuredClone(source), given);
  const parameters = parametersOf(declared, given);
  const key = cacheKey(notebook, { parameters, data: options.data, needs: context.needs });
  const found = cache.find(planned.name, key);
  const file = `${label}.ipynb`;
  const finish = (run: NotebookRun, executed: Notebook, cached: boolean, reason: string) => {
    const written = write(path.join(options.out, file), executed, run);
    reporter.finished(label, written, cached, reason);
    const title = notebookTitle(notebook, planned.name);
    return { run: written, title, cached, reason, notebook: file, html: `${label}.html` };
  };
  if (found.hit && !options.force) {
    return finish(found.run, withKeptOutputs(notebook, found.notebook), true, found.reason);
  }
  const reason = found.hit ? '--force' : found.reason;
  reporter.started(label, reason);
  const trainings = trainingsFolder(cache, label, key, options.resume);
  const run = await execute(planned, notebook, parameters, label, { ...context, trainings });
  if (run.status === 'passed') {
    fs.rmSync(path.dirname(trainings), { recursive: true, force: true });
    try {
      cache.keep(key, run, notebook, source.metadata.gradbook?.makes);
    } catch (error) {
      reporter.note(label, `not cached: ${(error as Error).message}`);
    }
  }
  return finish(run, notebook, false, reason);
}

/**
 * The folder of a run's trainings, by all that they depend on except the cells executed before
 * them, which `train` checks. Without `--resume` the trainings of an earlier run are removed.
 */
function trainingsFolder(cache: RunCache, label: string, key: CacheKey, resume: boolean): string {
  const all = path.join(cache.folder, '..', 'trainings', label.replace(/[^\w.-]/g, '_'));
  const { code: _code, parameters: _parameters, ...rest } = key;
  const own = path.join(all, sha256(JSON.stringify(rest)).slice(0, 16));
  const old = fs.existsSync(all) ? fs.readdirSync(all).map((name) => path.join(all, name)) : [];
  for (const folder of old) {
    if (!resume || folder !== own) fs.rmSync(folder, { recursive: true, force: true });
  }
  return own;
}

/** The value of every declared parameter. */
export function parametersOf(
  declared: readonly Parameter[],
  given: Readonly<Record<string, ParameterValue>>,
): Record<string, ParameterValue> {
  return Object.fromEntries(
    declared.map(({ name, default: otherwise }) => [
      name,
      name in given ? given[name]! : otherwise,
    ]),
  );
}

/** Executes a notebook with the options' limits; the outputs are written into it. */
export function execute(
  planned: Planned,
  notebook: Notebook,
  parameters: Record<string, unknown>,
  label: string,
  context: Pick<RunContext, 'options' | 'reporter' | 'signal' | 'card' | 'trainings'>,
): Promise<NotebookRun> {
  const { options, reporter, signal } = context;
  const wishes = notebook.metadata.gradbook ?? {};
  const { maxOutput } = options;
  return executeNotebook(notebook, {
    name: planned.name,
    spec: planned.ready!.spec,
    parameters,
    kernel: { startTimeout: options.startTimeout, variables: kernelVariables(context) },
    cellTimeout: options.cellTimeout && Math.max(options.cellTimeout, wishes.cellTimeout ?? 0),
    timeout: options.timeout && Math.max(options.timeout, wishes.timeout ?? 0),
    silence: options.silence,
    limits: maxOutput ? { stream: maxOutput, value: maxOutput } : defaultLimits,
    signal,
    watch: {
      onCell: (cell, of) => reporter.cell(label, cell, of),
      onCellDone: (cell) => reporter.cellDone(label, cell),
      onProgress: (event) => reporter.progress(label, event),
      onPending: (names) =>
        reporter.note(
          label,
          `still pending ${settleGrace / 1000} s after the last cell, ended with the kernel: ${names.join(', ')}`,
        ),
      onRetry: (why) => reporter.note(label, `restarting the kernel: ${why}`),
    },
  });
}

/** Environment of a kernel: number of threads, GPU and data set. */
function kernelVariables({
  options: { jobs, data, profile, resume },
  card,
  trainings,
}: Pick<RunContext, 'options' | 'card' | 'trainings'>): Record<string, string> {
  const variables: Record<string, string> = { GRADBOOK_PROFILE: profile };
  if (card !== undefined) variables['CUDA_VISIBLE_DEVICES'] = card;
  if (data) variables['GRADBOOK_DATA'] = data;
  if (trainings) variables['GRADBOOK_KEPT_TRAININGS'] = trainings;
  if (trainings && resume) variables['GRADBOOK_RESUME'] = '1';
  if (jobs === 1) return variables;
  return { ...variables, ...threadVariables(Math.max(1, Math.floor(os.cpus().length / jobs))) };
}

/** Writes the executed notebook; a run whose output cannot be written fails. */
function write(file: string, notebook: Notebook, run: NotebookRun): NotebookRun {
  const { status, seconds, startedAt } = run;
  const metadata = { ...notebook.metadata, gradbook_run: { status, seconds, startedAt } };
  try {
    writeNotebook(file, { ...notebook, metadata });
    return run;
  } catch (error) {
    const message = `${file} could not be written: ${(error as Error).message}`;
    return { ...run, status: 'failed', failure: failureOf('output-write', message) };
  }
}

/** The record of a notebook that did not run. */
export function notRun(name: string, status: RunStatus, failure: Failure): NotebookRun {
  return {
    name,
    status,
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

/** Whether an error means that a file could not be written. */
export function isWriteError(error: unknown): boolean {
  if (error instanceof GradbookError) return error.code === 'output-write';
  const code = (error as NodeJS.ErrnoException)?.code ?? '';
  return ['ENOSPC', 'EROFS', 'EACCES', 'EPERM', 'EDQUOT', 'EIO'].includes(code);
}
