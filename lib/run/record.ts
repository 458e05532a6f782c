import type { BoundEvent, ResultEvent, TrainingEvent } from '../notebook';

/** Why a notebook did not pass, as written to `summary.json`. */
export type FailureKind =
  | 'notebook-missing'
  | 'notebook-json'
  | 'notebook-format'
  | 'kernel-unknown'
  | 'kernel-language'
  | 'kernel-start'
  | 'kernel-died'
  | 'cell-failed'
  | 'cell-aborted'
  | 'unhandled-rejection'
  | 'cell-timeout'
  | 'notebook-timeout'
  | 'silence'
  | 'output-lost'
  | 'output-write'
  | 'need-failed'
  | 'internal';

export interface Failure {
  kind: FailureKind;
  message: string;
  /** The code cell's number as JupyterLab shows it, counted from 1; null outside of cells. */
  cell: number | null;
  /** The cell's id in the notebook's file. */
  cellId: string | null;
  /** Line of the cell, counted from 1, and that line; null where it is not known. */
  line: number | null;
  source: string | null;
  /** The last lines that the cell printed. */
  output: string;
}

export interface CellRun {
  /** The code cell's number, counted from 1. */
  cell: number;
  id: string;
  status: 'ok' | 'failed' | 'interrupted' | 'not-run';
  seconds: number;
  /** Largest resident memory of the kernel while the cell ran, in bytes; null where not known. */
  peakMemory: number | null;
  /** Tensors alive after the cell; null while TensorFlow is not loaded. */
  tensors: number | null;
}

export type Bound = Omit<BoundEvent, 'kind'>;
export type Result = Omit<ResultEvent, 'kind'>;

/** What tells a metric from others of its notebook: section and name. */
export function metricName({ section, name }: Pick<Result, 'section' | 'name'>): string {
  return `${section} ${name}`.trim();
}
export type TrainingRecord = Omit<TrainingEvent, 'kind'>;

export type RunStatus = 'passed' | 'bound-missed' | 'failed' | 'interrupted' | 'not-run';

/** All that a notebook measured: its metrics, then the values of bounds that are no metric's. */
export function measuredValues({
  metrics,
  bounds,
}: {
  metrics: readonly Result[];
  bounds: readonly Bound[];
}): Result[] {
  const others = bounds.filter(({ name }) => !metrics.some((metric) => metric.name === name));
  return [...metrics, ...others.map(({ name, value }) => ({ section: '', name, value }))];
}

/** One execution of one notebook. */
export interface NotebookRun {
  name: string;
  status: RunStatus;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  parameters: Record<string, unknown>;
  cells: CellRun[];
  bounds: Bound[];
  results: Result[];
  /** Its trainings by epoch; absent in runs that earlier versions kept. */
  trainings?: TrainingRecord[];
  peakMemory: number | null;
  tensors: number | null;
  /** What `train`, `predict` and the like computed in, `auto` resolved: such as `['bfloat16']`. */
  precision?: string[];
  failure: Failure | null;
}

/** Whether the bound held, as checked by the runner; null where it is not judged. */
export function boundHolds(bound: Bound): boolean | null {
  if (bound.holds === null) return null;
  const { value, atLeast, atMost } = bound;
  if (!bound.holds || typeof value !== 'number' || !Number.isFinite(value)) return false;
  return (atLeast ?? -Infinity) <= value && value <= (atMost ?? Infinity);
}
