import { colourScaleOf, mapColour } from './colour-maps';
import { rangeOf, short } from './numbers';
import { checkColumn, levelName, levels, type SweepRow } from './sweep-heatmap';
import { figureOf, inkOf, themedLayout } from './theme';
import type { Figure, FigureOptions } from './types';

export interface ParallelCoordinatesOptions extends FigureOptions {
  /** The columns in order. Default: all that take more than one value, the result last. */
  columns?: readonly string[];
  /** The result that colours the lines. Default `val_accuracy`. */
  value?: string;
}

interface Axis {
  name: string;
  /** Place of a run's value, 0 at the bottom, 1 at the top. */
  place(row: SweepRow): number;
  ticks: { at: number; text: string }[];
}

/**
 * A line for each run of a sweep across one upright axis for each setting, coloured by the result.
 * Settings that are all positive and span a hundredfold stand on a log axis. Drawn with lines rather
 * than plotly's own `parcoords`, which needs WebGL and does not print.
 *
 * @throws GradbookError `no-column` when a run lacks one of the columns
 */
export function parallelCoordinates(
  rows: readonly SweepRow[],
  options: ParallelCoordinatesOptions = {},
): Figure {
  const value = options.value ?? 'val_accuracy';
  checkColumn(rows, value);
  const varied = Object.keys(rows[0]!).filter((name) => levels(rows, name).length > 1);
  const columns = options.columns ?? [...varied.filter((name) => name !== value), value];
  for (const column of columns) checkColumn(rows, column);
  const ink = inkOf(options.theme);
  const axes = columns.map((name) => axisOf(rows, name));
  const range = rangeOf(rows.map((row) => Number(row[value])));
  const share = (row: SweepRow) => (Number(row[value]) - range.low) / (range.high - range.low || 1);
  const order = [...rows].sort((a, b) => share(a) - share(b));
  const lines = order.map((row) => ({
    type: 'scatter',
    mode: 'lines',
    x: axes.map((_, i) => i),
    y: axes.map((axis) => axis.place(row)),
    line: {
      color: `rgb(${mapColour('viridis', share(row)).join(',')})`,
      width: 2,
    },
    opacity: 0.7,
    showlegend: false,
    text: columns.map(() =>
      columns.map((name) => `${name}: ${levelName(row[name]!)}`).join('<br>'),
    ),
    hovertemplate: '%{text}<extra></extra>',
  }));
  const scale = {
    type: 'scatter',
    mode: 'markers',
    x: [null],
    y: [null],
    showlegend: false,
    hoverinfo: 'skip',
    marker: {
      color: [range.low],
      cmin: range.low,
      cmax: range.flat ? range.low + 1 : range.high,
      colorscale: colourScaleOf('viridis'),
      showscale: true,
      // Not at its side, where plotly writes it over the numbers.
      colorbar: {
        title: { text: value.replace(/_/g, ' '), side: 'top' },
        thickness: 12,
        outlinewidth: 0,
      },
    },
  };
  const layout = themedLayout(
    options,
    { title: `${rows.length} runs`, height: 400 },
    {
      hovermode: 'closest',
      margin: { l: 64, r: 24, t: 84, b: 24 },
      xaxis: { visible: false, range: [-0.15, axes.length - 1 + 0.1] },
      yaxis: { visible: false, range: [-0.04, 1.04] },
      shapes: axes.map((_, i) => ({
        type: 'line',
        x0: i,
        x1: i,
        y0: 0,
        y1: 1,
        line: { color: ink.faint, width: 1.5 },
        layer: 'below',
      })),
      annotations: axes.flatMap((axis, i) => labelsOf(axis, i)),
    },
  );
  const best = order[order.length - 1]!;
  const words = columns.map((name) => `${name} ${levelName(best[name]!)}`).join(', ');
  return figureOf([...lines, scale], layout, `${rows.length} runs of a sweep; best: ${words}`);
}

function axisOf(rows: readonly SweepRow[], name: string): Axis {
  const found = levels(rows, name);
  const numbers = found.filter((level): level is number => typeof level === 'number');
  if (numbers.length !== found.length) {
    const at = (level: SweepRow[string]) =>
      found.length > 1 ? found.indexOf(level) / (found.length - 1) : 0.5;
    return {
      name,
      place: (row) => at(row[name]!),
      ticks: found.map((level) => ({ at: at(level), text: String(level) })),
    };
  }
  const finite = numbers.filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const log = low > 0 && high >= 100 * low;
  const scaled = (x: number) =>
    log ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low);
  const at = (x: number) => (high > low ? scaled(Number.isFinite(x) ? x : low) : 0.5);
  const middle = log ? Math.sqrt(low * high) : (low + high) / 2;
  const shown = finite.length <= 6 ? finite : [low, middle, high];
  return {
    name,
    place: (row) => at(Number(row[name])),
    ticks: shown.map((x) => ({ at: at(x), text: short(x) })),
  };
}

function labelsOf(axis: Axis, place: number): Record<string, unknown>[] {
  const common = { x: place, showarrow: false };
  return [
    {
      ...common,
      y: 1,
      yshift: 20,
      text: `<b>${axis.name.replace(/_/g, ' ')}</b>`,
      font: { size: 12 },
    },
    ...axis.ticks.map(({ at, text }) => ({
      ...common,
      y: at,
      xanchor: 'right',
      xshift: -5,
      text,
      // A ground of its own: lines cross here.
      font: { size: 11, color: '#ffffff' },
      bgcolor: '#5f656d',
      borderpad: 2,
    })),
  ];
}
