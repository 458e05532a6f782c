import { plainText } from './plain-text';
import { bestPlace, learningRateKey, modeOf, type Run, reductionsOf } from './runs';
import { inkOf, meaning, seriesColour } from './theme';
import { thin } from './thin';
import type { FigureOptions } from './types';

type Trace = Record<string, unknown>;

/** A readable name of a metric's key. */
export function label(metric: string): string {
  return metric.replace(/_/g, ' ');
}

/** Names of the n-th panel's axes in a trace. */
export function axesOf(panel: number): { xaxis: string; yaxis: string } {
  const suffix = panel ? String(panel + 1) : '';
  return { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
}

/** The best epoch of a run, with its label; null where it has no such metric. */
export function bestOf(
  run: Run,
  monitor: string | undefined,
): { at: number; words: string } | null {
  const values = monitor === undefined ? undefined : run.series[monitor];
  const at = values ? bestPlace(values, modeOf(monitor!)) : -1;
  if (at < 0) return null;
  const value = values![at]!.toPrecision(3);
  return { at, words: `best ${label(monitor!)} ${value} at epoch ${run.epochs[at]}` };
}

/** Training (dotted) and validation (solid) of one metric of one run. */
export function metricTraces(
  run: Run,
  metric: string,
  place: { run: number; panel: number; alone: boolean },
): Trace[] {
  return (['training', 'validation'] as const).flatMap((kind) => {
    const y = run.series[kind === 'training' ? metric : `val_${metric}`];
    if (!y) return [];
    const colour = seriesColour(place.alone ? (kind === 'training' ? 1 : 0) : place.run);
    const [dash, symbol] = kind === 'training' ? ['dot', 'circle-open'] : ['solid', 'circle'];
    const numbers = y.filter((value) => value !== null).length;
    return [
      {
        type: 'scatter',
        name: place.alone ? kind : plainText(`${run.name}, ${kind}`),
        legendgroup: place.alone ? kind : run.name,
        showlegend: place.alone && place.panel === 0,
        ...thin({ x: run.epochs.slice(0, y.length), y }),
        ...(numbers > 1
          ? { mode: 'lines', line: { color: colour, dash, width: 2 } }
          : { mode: 'markers', marker: { color: colour, size: 7, symbol } }),
        hovertemplate: '%{y:.4g}',
        ...axesOf(place.panel),
      },
    ];
  });
}

/** A star at the best epoch in every panel. */
export function bestMarks(
  run: Run,
  metrics: readonly string[],
  monitor: string | undefined,
  place: { run: number; alone: boolean },
): Trace[] {
  const best = bestOf(run, monitor);
  if (!best) return [];
  return metrics.flatMap((metric, panel) => {
    const value = (run.series[`val_${metric}`] ?? run.series[metric])?.[best.at];
    if (value === null || value === undefined) return [];
    return [
      {
        type: 'scatter',
        mode: 'markers',
        name: plainText(best.words),
        legendgroup: place.alone ? 'best' : run.name,
        showlegend: place.alone && panel === 0,
        x: [run.epochs[best.at]],
        y: [value],
        marker: {
          symbol: 'star',
          size: 13,
          color: place.alone ? meaning.bad : seriesColour(place.run),
          line: { color: '#ffffff', width: 1 },
        },
        cliponaxis: false,
        hoverinfo: 'skip',
        ...axesOf(panel),
      },
    ];
  });
}

/** The learning rate of one run, as steps. */
export function rateTrace(
  run: Run,
  panel: number,
  place: { run: number; alone: boolean },
): Trace[] {
  const y = run.series[learningRateKey(run) ?? ''];
  if (!y) return [];
  const colour = seriesColour(place.alone ? 2 : place.run);
  return [
    {
      type: 'scatter',
      name: place.alone ? 'learning rate' : plainText(`${run.name}, learning rate`),
      legendgroup: place.alone ? 'learning rate' : run.name,
      showlegend: false,
      ...thin({ x: run.epochs.slice(0, y.length), y }),
      ...(y.length > 1
        ? { mode: 'lines', line: { color: colour, width: 2, shape: 'hv' } }
        : { mode: 'markers', marker: { color: colour, size: 7 } }),
      hovertemplate: '%{y:.3~g}',
      ...axesOf(panel),
    },
  ];
}

/** Legend entries for several runs: a line for each, then the meaning of dotted and solid. */
export function legendOfRuns(
  runs: readonly Run[],
  monitor: string | undefined,
  options: FigureOptions,
): Trace[] {
  const grey = inkOf(options.theme).text;
  const entry = { type: 'scatter', mode: 'lines', x: [null], y: [null], hoverinfo: 'skip' };
  const words = (run: Run) => {
    const best = bestOf(run, monitor);
    return best ? `${run.name} (★ ${best.words})` : run.name;
  };
  return [
    ...runs.map((run, i) => ({
      ...entry,
      name: plainText(words(run)),
      legendgroup: run.name,
      line: { color: seriesColour(i), width: 2 },
    })),
    { ...entry, name: 'training', line: { color: grey, width: 2, dash: 'dot' } },
    { ...entry, name: 'validation', line: { color: grey, width: 2 } },
  ];
}

/** Vertical lines through all panels where the learning rate was reduced. */
export function reductionLines(run: Run, panels: number, options: FigureOptions): Trace[] {
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
