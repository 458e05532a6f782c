import { logAxis } from './log-axis';
import { rangeOf } from './numbers';
import { type Box, panels } from './panels';
import { plainText } from './plain-text';
import {
  learningRateKey,
  metricsOf,
  modeOf,
  monitorOf,
  type Run,
  type Runs,
  readRuns,
} from './runs';
import { figureOf, themedAxis, themedLayout, withTopLegend } from './theme';
import {
  bestMarks,
  bestOf,
  label,
  legendOfRuns,
  metricTraces,
  rateTrace,
  reductionLines,
} from './training-traces';
import type { Figure, FigureOptions } from './types';

export interface TrainingCurvesOptions extends FigureOptions {
  /** Which metrics, without `val_`. Default: all but times, accuracies first, then the loss. */
  metrics?: readonly string[];
  /** The metric by which the best epoch is marked. Default `val_loss`, else `val_accuracy`, else `loss`. */
  monitor?: string;
  /** Axis of losses and errors: `log`, `linear`, or `auto`, log where the values span more than a factor of 100. Default `auto`. */
  lossAxis?: 'auto' | 'linear' | 'log';
  /** Whether to draw the learning rate where it was recorded, on a separate log axis. Default true. */
  learningRate?: boolean;
  /** The last epoch of the axis. Default: that of the runs. */
  epochs?: number;
}

/**
 * Curves of training: a panel for each metric, training dotted and validation solid, the learning
 * rate below on a log axis. A star marks the best epoch; vertical lines mark the epochs at which
 * the learning rate was reduced (of a single run). Several runs have a colour each. Curves of more
 * than 4000 points are downsampled; their peaks and gaps remain.
 *
 * @param runs a history, or `{ name: history, … }` to compare several
 * @throws GradbookError `empty-history`, or `no-metric` for a metric that no run has
 *
 * @example
 * show(trainingCurves({ 'with callbacks': history, 'without callbacks': await loadHistory('plain.json') }));
 */
export function trainingCurves(runs: Runs, options: TrainingCurvesOptions = {}): Figure {
  const list = readRuns(runs);
  const alone = list.length === 1;
  const metrics = (options.metrics ?? metricsOf(list)).map((metric) => checked(list, metric));
  const monitor = monitorOf(list, options.monitor);
  const withRate = options.learningRate !== false && list.some((run) => learningRateKey(run));
  const grid = panels(metrics.length, withRate, options);
  const data = list.flatMap((run, place) => [
    ...metrics.flatMap((metric, panel) => metricTraces(run, metric, { run: place, panel, alone })),
    ...bestMarks(run, metrics, monitor, { run: place, alone }),
    ...(withRate ? rateTrace(run, metrics.length, { run: place, alone }) : []),
  ]);
  if (!alone) data.push(...legendOfRuns(list, monitor, options));
  const layout = themedLayout(
    options,
    { title: alone ? 'Training' : 'Training compared', height: grid.height },
    {
      ...axes(list, metrics, grid.places, options),
      hovermode: 'x unified',
      shapes: alone ? reductionLines(list[0]!, grid.places.length, options) : [],
    },
  );
  const listed = data.filter((trace) => trace['showlegend'] !== false);
  const names = listed.map((trace) => String(trace['name']));
  return figureOf(data, withTopLegend(layout, names, options), describe(list, metrics, monitor));
}

function checked(runs: readonly Run[], metric: string): string {
  if (!runs.some((run) => run.series[`val_${metric}`])) monitorOf(runs, metric);
  return metric;
}

/** A pair of axes for each panel; the panel after the metrics is the learning rate's. */
function axes(
  runs: readonly Run[],
  metrics: readonly string[],
  places: readonly Box[],
  options: TrainingCurvesOptions,
): Record<string, unknown> {
  const last = options.epochs ?? Math.max(1, rangeOf(runs.flatMap((run) => run.epochs)).high);
  const slack = Math.max(0.4, 0.02 * last);
  const found: Record<string, unknown> = {};
  places.forEach((box, panel) => {
    const suffix = panel ? String(panel + 1) : '';
    const metric = metrics[panel];
    const log = metric === undefined || wantsLog(runs, metric, options.lossAxis ?? 'auto');
    found[`xaxis${suffix}`] = themedAxis(options, box.bottom ? 'epoch' : '', {
      domain: box.x,
      anchor: `y${suffix}`,
      range: [1 - slack, last + slack],
      ...(panel ? { matches: 'x' } : {}),
      ...(last <= 12 ? { dtick: 1 } : {}),
    });
    found[`yaxis${suffix}`] = themedAxis(
      options,
      metric ? plainText(label(metric)) : 'learning rate',
      {
        domain: box.y,
        anchor: `x${suffix}`,
        ...(log ? logAxis(valuesOf(runs, metric)) : rangeOfFlat(valuesOf(runs, metric))),
      },
    );
  });
  return found;
}

/** An axis for values that are all the same, where plotly's default would reach down to -1. */
function rangeOfFlat(values: readonly (number | null)[]): { range?: [number, number] } {
  const { low, flat } = rangeOf(values.map((value) => value ?? Number.NaN));
  if (!flat || low < 0) return {};
  const top = low === 0 ? 1 : 2 * low;
  return { range: [-0.05 * top, top] };
}

/** All values of a metric, training and validation; of the learning rate where there is no metric. */
function valuesOf(runs: readonly Run[], metric: string | undefined): (number | null)[] {
  return runs.flatMap((run) => {
    const keys = metric === undefined ? [learningRateKey(run) ?? ''] : [metric, `val_${metric}`];
    return keys.flatMap((key) => run.series[key] ?? []);
  });
}

function wantsLog(runs: readonly Run[], metric: string, axis: 'auto' | 'linear' | 'log'): boolean {
  if (modeOf(metric) === 'max' || axis === 'linear') return false;
  const values = valuesOf(runs, metric).filter((value): value is number => value !== null);
  const { low, high } = rangeOf(values);
  return axis === 'log' || (low > 0 && high > 100 * low);
}

function describe(
  runs: readonly Run[],
  metrics: readonly string[],
  monitor: string | undefined,
): string {
  const parts = runs.map((run) => {
    const best = bestOf(run, monitor);
    const name = run.name ? `${run.name}: ` : '';
    return `${name}${run.epochs.length} epochs${best ? `, ${best.words}` : ''}`;
  });
  return `training curves of ${metrics.map(label).join(', ')}; ${parts.join('; ')}`;
}
