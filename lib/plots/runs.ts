import { GradbookError } from '../runtime';
import type { HistoryLike, Numbers } from './types';

/** One history, or several by the name of their run. */
export type Runs = HistoryLike | Readonly<Record<string, HistoryLike>>;

export interface Run {
  name: string;
  /** Counted from 1. */
  epochs: number[];
  /** Values that are not finite are null: plotly leaves a gap. */
  series: Record<string, (number | null)[]>;
}

const learningRateKeys = ['learning_rate', 'lr'];
const hidden = /^(val_)?(seconds|time|epoch_seconds|duration)/;

/** Normalises one history or several; a single one has an empty name. */
export function readRuns(runs: Runs): Run[] {
  const named = isHistory(runs) ? { '': runs } : runs;
  const list = Object.entries(named).map(([name, run]) => readRun(name, run));
  if (!list.length) {
    throw new GradbookError('no history to draw: give at least one', 'empty-history');
  }
  return list;
}

function isHistory(runs: Runs): runs is HistoryLike {
  const inner = (runs as HistoryLike).history;
  return inner !== undefined && !('history' in inner);
}

function readRun(name: string, run: HistoryLike): Run {
  // Without a prototype: a metric may be called `__proto__` or `constructor`.
  const series: Run['series'] = Object.create(null);
  let length = 0;
  for (const [key, values] of Object.entries(run.history)) {
    const name = key.replace(/^(val_)?acc$/, '$1accuracy');
    series[name] = Array.from(values, (value) =>
      typeof value === 'number' && Number.isFinite(value) ? value : null,
    );
    length = Math.max(length, values.length);
  }
  const epochs = Array.from({ length }, (_, i) => (run.epoch?.[i] ?? i) + 1);
  return { name, epochs, series };
}

/** The metrics of all runs without `val_`, in this order: accuracies, loss, the rest. */
export function metricsOf(runs: readonly Run[]): string[] {
  const keys = new Set(runs.flatMap((run) => Object.keys(run.series)));
  const names = [...new Set([...keys].map((key) => key.replace(/^val_/, '')))].filter(
    (key) => !learningRateKeys.includes(key) && !hidden.test(key),
  );
  const place = (name: string) => (/acc/.test(name) ? 0 : name === 'loss' ? 1 : 2);
  return names.sort((a, b) => place(a) - place(b));
}

/** The key of the learning rate, where a run has recorded one. */
export function learningRateKey(run: Run): string | undefined {
  return learningRateKeys.find((key) => run.series[key]?.some((value) => value !== null));
}

/**
 * Epochs (from 1) at which the learning rate was reduced: it fell by more than a tenth, and is not part of a decay,
 * in which it falls by another ratio in the epoch before or after.
 */
export function reductionsOf(run: Run): number[] {
  const rates = run.series[learningRateKey(run) ?? ''] ?? [];
  const ratio = (i: number) => {
    const [before, now] = [rates[i - 1] ?? null, rates[i] ?? null];
    return before === null || now === null ? 1 : now / before;
  };
  const decays = (own: number, other: number) => other < 1 && Math.abs(own - other) > 1e-3;
  return run.epochs.filter((_, i) => {
    const own = ratio(i);
    return own < 0.9 && !decays(own, ratio(i - 1)) && !decays(own, ratio(i + 1));
  });
}

/** The index of the best epoch by a metric, or -1 where the metric has no finite value. */
export function bestPlace(values: readonly (number | null)[], mode: 'min' | 'max'): number {
  let best = -1;
  values.forEach((value, i) => {
    if (value === null) return;
    const kept = best < 0 ? null : values[best]!;
    if (kept === null || (mode === 'min' ? value < kept : value > kept)) best = i;
  });
  return best;
}

/** Whether higher or lower is better, by the metric's name. */
export function modeOf(metric: string): 'min' | 'max' {
  return /loss|error|mse|mae|crossentropy/.test(metric) ? 'min' : 'max';
}

/** The metric that determines the best epoch: the requested one, or the first of the usual ones. */
export function monitorOf(runs: readonly Run[], asked?: string): string | undefined {
  const usual = ['val_loss', 'val_accuracy', 'loss'];
  const has = (key: string) => runs.some((run) => run.series[key]);
  if (asked !== undefined && !has(asked)) {
    const there = [...new Set(runs.flatMap((run) => Object.keys(run.series)))].join(', ');
    throw new GradbookError(`no metric ${asked} in the history: there are ${there}`, 'no-metric');
  }
  return asked ?? usual.find(has);
}

/** The last value of a series that is a number. */
export function lastNumber(values: Numbers | readonly (number | null)[]): number | undefined {
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return undefined;
}
