import { panels } from './panels';
import {
  bestPlace,
  learningRateKey,
  metricsOf,
  modeOf,
  monitorOf,
  type Run,
  type Runs,
  readRuns,
  reductionsOf,
} from './runs';
import { figureOf, inkOf, seriesColour, themedAxis, themedLayout } from './theme';
import type { Figure, FigureOptions } from './types';

export interface TrainingCurvesOptions extends FigureOptions {
  /** Which metrics, without `val_`. Default: all but times, accuracies first, then the loss. */
  metrics?: readonly string[];
  /** The metric by which the best epoch is marked. Default `val_loss`, else `val_accuracy`, else `loss`. */
  monitor?: string;
  /** Axis of metrics that fall: `log`, `linear`, or `auto`, log where the values span more than a hundredfold. Default `auto`. */
  lossAxis?: 'auto' | 'linear' | 'log';
  /** Whether to draw the learning rate where it was recorded, on a log axis of its own. Default true. */
  learningRate?: boolean;
  /** The last epoch of the axis. Default: what the runs have. */
  epochs?: number;
}

/**
 * Curves of training: a panel for each metric, training dotted and validation drawn through, the
 * learning rate below on a log axis. A star marks the best epoch; vertical lines mark the epochs at
 * which the learning rate was reduced (of a single run). Several runs have a colour each.
 *
 * @param runs a history, or `{ name: history, … }` to compare several
 * @throws GradbookError `empty-history`, or `no-metric` for a metric that no run has
 *
 * @example
 * show(trainingCurves({ 'with callbacks': a, 'without callbacks': b }));
 */
export function trainingCurves(runs: Runs, options: TrainingCurvesOptions = {}): Figure {
  const list = readRuns(runs);
  const metrics = options.metrics ?? metricsOf(list);
  for (const metric of metrics) if (!list.some((r) => has(r, metric))) monitorOf(list, metric);
  const monitor = monitorOf(list, options.monitor);
  const withRate = options.learningRate !== false && list.some((run) => learningRateKey(run));
  const last = options.epochs ?? Math.max(1, ...list.flatMap((run) => run.epochs));
  const grid = panels(metrics.length, withRate, options);
  const data = list.flatMap((run, place) => [
    ...metrics.flatMap((metric, panel) => metricTraces(run, metric, place, panel, list.length)),
    ...bestMarks(run, metrics, monitor, place),
    ...(withRate ? rateTrace(run, place, metrics.length) : []),
  ]);
  const axes: Record<string, unknown> = {};
  grid.places.forEach((box, panel) => {
    const suffix = panel ? String(panel + 1) : '';
    const rate = panel === metrics.length;
    const log = rate || (options.lossAxis ?? 'auto') === 'log' ? true : undefined;
    axes[`xaxis${suffix}`] = themedAxis(options, box.bottom ? 'epoch' : '', {
      domain: box.x,
      anchor: `y${suffix}`,
      range: [1 - 0.02 * last, last + 0.02 * last],
      ...(panel ? { matches: 'x' } : {}),
      ...(last <= 12 ? { dtick: 1 } : {}),
    });
    axes[`yaxis${suffix}`] = themedAxis(options, rate ? 'learning rate' : label(metrics[panel]!), {
      domain: box.y,
      anchor: `x${suffix}`,
      ...(rate ? { type: 'log', exponentformat: 'power', dtick: 1 } : {}),
      ...(!rate &&
      modeOf(metrics[panel]!) === 'min' &&
      (log ?? spansFar(list, metrics[panel]!, options))
        ? { type: 'log', exponentformat: 'power' }
        : {}),
    });
  });
  const layout = themedLayout(
    options,
    { title: list.length > 1 ? 'Training compared' : 'Training', height: grid.height },
    {
      ...axes,
      showlegend: true,
      legend: { orientation: 'h', x: 1, xanchor: 'right', y: 1.01, yanchor: 'bottom' },
      hovermode: 'x unified',
      shapes: list.length === 1 ? reductionLines(list[0]!, grid.places.length, options) : [],
    },
  );
  return figureOf(data, layout, describe(list, metrics, monitor));
}

function has(run: Run, metric: string): boolean {
  return run.series[metric] !== undefined || run.series[`val_${metric}`] !== undefined;
}

function label(metric: string): string {
  return metric.replace(/_/g, ' ');
}

function spansFar(runs: readonly Run[], metric: string, options: TrainingCurvesOptions): boolean {
  if (options.lossAxis === 'linear') return false;
  const values = runs
    .flatMap((run) => [...(run.series[metric] ?? []), ...(run.series[`val_${metric}`] ?? [])])
    .filter((value): value is number => value !== null);
  return values.every((value) => value > 0) && Math.max(...values) > 100 * Math.min(...values);
}

function axesOf(panel: number): { xaxis: string; yaxis: string } {
  const suffix = panel ? String(panel + 1) : '';
  return { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
}

function metricTraces(
  run: Run,
  metric: string,
  place: number,
  panel: number,
  runs: number,
): Record<string, unknown>[] {
  const lines: [string, string, string, number][] = [
    [metric, 'training', 'dot', runs > 1 ? place : 1],
    [`val_${metric}`, 'validation', 'solid', runs > 1 ? place : 0],
  ];
  return lines.flatMap(([key, kind, dash, colour]) => {
    const y = run.series[key];
    if (!y) return [];
    const name = run.name ? `${run.name}, ${kind}` : kind;
    return [
      {
        type: 'scatter',
        mode: y.filter((value) => value !== null).length > 1 ? 'lines' : 'markers',
        name,
        legendgroup: name,
        showlegend: panel === 0,
        x: run.epochs.slice(0, y.length),
        y,
        line: { color: seriesColour(colour), dash, width: kind === 'training' ? 1.6 : 2 },
        marker: { color: seriesColour(colour), size: 7 },
        hovertemplate: '%{y:.4g}',
        ...axesOf(panel),
      },
    ];
  });
}

function bestMarks(
  run: Run,
  metrics: readonly string[],
  monitor: string | undefined,
  place: number,
): Record<string, unknown>[] {
  const at = monitor ? bestPlace(run.series[monitor] ?? [], modeOf(monitor)) : -1;
  if (at < 0) return [];
  return metrics.flatMap((metric, panel) => {
    const value = (run.series[`val_${metric}`] ?? run.series[metric])?.[at];
    if (value === null || value === undefined) return [];
    return [
      {
        type: 'scatter',
        mode: 'markers',
        name: `best ${label(monitor!)}: epoch ${run.epochs[at]}`,
        legendgroup: `best ${run.name}`,
        showlegend: panel === 0 && place < 3,
        x: [run.epochs[at]],
        y: [value],
        marker: {
          symbol: 'star',
          size: 12,
          color: seriesColour(5),
          line: { color: '#ffffff', width: 1 },
        },
        hoverinfo: 'skip',
        ...axesOf(panel),
      },
    ];
  });
}

function rateTrace(run: Run, place: number, panel: number): Record<string, unknown>[] {
  const y = run.series[learningRateKey(run) ?? ''];
  if (!y) return [];
  return [
    {
      type: 'scatter',
      mode: 'lines',
      name: run.name ? `${run.name}, learning rate` : 'learning rate',
      legendgroup: run.name,
      showlegend: false,
      x: run.epochs.slice(0, y.length),
      y,
      line: { color: seriesColour(run.name ? place : 2), width: 2, shape: 'hv' },
      hovertemplate: '%{y:.3~g}',
      ...axesOf(panel),
    },
  ];
}

function reductionLines(
  run: Run,
  panels: number,
  options: FigureOptions,
): Record<string, unknown>[] {
  return reductionsOf(run).flatMap((epoch) =>
    Array.from({ length: panels }, (_, panel) => {
      const { xaxis, yaxis } = axesOf(panel);
      return {
        type: 'line',
        xref: xaxis,
        yref: `${yaxis} domain`,
        x0: epoch,
        x1: epoch,
        y0: 0,
        y1: 1,
        layer: 'below',
        line: { color: inkOf(options.theme).faint, width: 1, dash: 'dash' },
      };
    }),
  );
}

function describe(runs: readonly Run[], metrics: readonly string[], monitor?: string): string {
  const parts = runs.map((run) => {
    const at = monitor ? bestPlace(run.series[monitor] ?? [], modeOf(monitor)) : -1;
    const best =
      at < 0
        ? ''
        : `, best ${label(monitor!)} ${run.series[monitor!]![at]!.toPrecision(3)} at epoch ${run.epochs[at]}`;
    return `${run.name ? `${run.name}: ` : ''}${run.epochs.length} epochs${best}`;
  });
  return `training curves of ${metrics.map(label).join(', ')}; ${parts.join('; ')}`;
}
