import * as os from 'node:os';
import { GradbookError } from '../../runtime';
import type {
  Bound,
  CellRun,
  Failure,
  NotebookRun,
  Result,
  RunStatus,
  TrainingRecord,
} from '../record';
import { type Spread, spreadOf } from '../seeds/spread';
import { type Comparison, compareRuns, type EarlierRun } from './compare';

/** Raised when a field changes its meaning. The fields are described in `summary.md` beside this file. */
export const summaryVersion = 1;

/** A notebook in `summary.json`. */
export interface NotebookSummary {
  name: string;
  title: string;
  status: RunStatus;
  /** Taken from an earlier green run, since nothing has changed. */
  cached: boolean;
  /** Why it ran or did not, in words. */
  reason: string;
  startedAt: string | null;
  seconds: number;
  parameters: Record<string, unknown>;
  /** Files beside `summary.json`, null where there is none. */
  notebook: string | null;
  html: string | null;
  metrics: Result[];
  bounds: Bound[];
  /** Its trainings by epoch. */
  trainings: TrainingRecord[];
  cells: CellRun[];
  peakMemory: number | null;
  tensors: number | null;
  /** What was computed in, `auto` resolved; none where nothing was, or an older version ran. */
  precision: string[];
  failure: Failure | null;
  /** Runs with other seeds, and the spread of every figure over all of them. */
  seeds: SeedSummary[];
  spread: Spread[];
}

export type SeedSummary = Pick<
  NotebookSummary,
  'status' | 'seconds' | 'parameters' | 'notebook' | 'metrics' | 'bounds' | 'trainings' | 'failure'
>;

export interface Summary {
  version: number;
  status: RunStatus;
  startedAt: string;
  seconds: number;
  profile: string;
  machine: { node: string; platform: string; cores: number; memory: number };
  engine: string | null;
  /** Notebooks that were asked for and have no result, such as after Ctrl-C. */
  missing: string[];
  /** How the metrics differ from those of an earlier run; only with `--compare`. */
  compared?: Comparison;
  notebooks: NotebookSummary[];
}

/** What the runner adds to a run. */
export interface Finished {
  run: NotebookRun;
  title: string;
  cached: boolean;
  reason: string;
  notebook: string | null;
  html: string | null;
}

/** One notebook's entry from its runs: one, or one a seed. */
export function summarizeNotebook(runs: readonly Finished[]): NotebookSummary {
  const first = runs[0]!;
  // The worst speaks for all: a bound that one of three seeds misses is missed.
  const worst = runs.find(({ run }) => run.status === worstStatus(runs.map((r) => r.run.status)))!;
  return {
    name: first.run.name,
    title: first.title,
    status: worst.run.status,
    cached: runs.every(({ cached }) => cached),
    reason: first.reason,
    startedAt: first.run.startedAt,
    seconds: round(runs.reduce((sum, { run }) => sum + run.seconds, 0)),
    parameters: first.run.parameters,
    notebook: first.notebook,
    html: first.html,
    metrics: worst.run.results,
    bounds: worst.run.bounds,
    trainings: worst.run.trainings ?? [],
    cells: worst.run.cells,
    peakMemory: Math.max(0, ...runs.map(({ run }) => run.peakMemory ?? 0)) || null,
    tensors: worst.run.tensors,
    precision: worst.run.precision ?? [],
    failure: worst.run.failure,
    seeds:
      runs.length === 1
        ? []
        : runs.map(({ run, notebook }) => ({
            status: run.status,
            seconds: run.seconds,
            parameters: run.parameters,
            notebook,
            metrics: run.results,
            bounds: run.bounds,
            trainings: run.trainings ?? [],
            failure: run.failure,
          })),
    spread: runs.length === 1 ? [] : spreadOf(runs.map(({ run }) => run)),
  };
}

/** From best to worst. */
const order: readonly RunStatus[] = ['passed', 'bound-missed', 'not-run', 'interrupted', 'failed'];

export function worstStatus(statuses: readonly RunStatus[]): RunStatus {
  return order[Math.max(0, ...statuses.map((status) => order.indexOf(status)))]!;
}

export function summarize(
  notebooks: readonly NotebookSummary[],
  about: Pick<Summary, 'startedAt' | 'profile' | 'engine' | 'missing'> & {
    /** The run to compare with, and where it was read. */
    earlier?: { from: string; summary: EarlierRun };
  },
): Summary {
  const status = worstStatus(notebooks.map((notebook) => notebook.status));
  return {
    version: summaryVersion,
    status: about.missing.length > 0 && status === 'passed' ? 'interrupted' : status,
    startedAt: about.startedAt,
    seconds: round((Date.now() - Date.parse(about.startedAt)) / 1000),
    profile: about.profile,
    machine: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cores: os.cpus().length,
      memory: os.totalmem(),
    },
    engine: about.engine,
    missing: about.missing,
    ...(about.earlier
      ? { compared: compareRuns(notebooks, about.earlier.summary, about.earlier.from) }
      : {}),
    notebooks: [...notebooks],
  };
}

/** Names of the notebooks of which there is nothing at all. */
export function absentNotebooks({ notebooks, missing }: Summary): string[] {
  const shown = new Set(notebooks.map(({ name }) => name));
  return missing.filter((name) => !shown.has(name));
}

/** The process's exit code for a run. */
export function exitCode({ status, notebooks }: Summary): number {
  if (status === 'failed' && notebooks.some(({ failure }) => failure?.kind === 'output-write')) {
    return 4;
  }
  return { passed: 0, 'bound-missed': 2, failed: 1, 'not-run': 1, interrupted: 130 }[status];
}

/** The exit code for what `report` throws. */
export function errorCode(error: unknown): number {
  const codes: Record<string, number> = {
    ...{ usage: 3, parameter: 3, parameters: 3 },
    ...{ 'output-write': 4, html: 4, busy: 5, scheduler: 1 },
  };
  return error instanceof GradbookError ? (codes[error.code] ?? 1) : 1;
}

const round = (seconds: number): number => Math.round(seconds * 100) / 100;
