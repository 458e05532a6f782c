import { colourScaleOf, mapColour } from './colour-maps';
import { rangeOf, shortApart } from './numbers';
import { plainText } from './plain-text';
import { modeOf } from './runs';
import { checkColumn, levelNames, levels, type SweepRow } from './sweep-heatmap';
import { figureOf, inkOf, themedLayout } from './theme';
import type { Figure, FigureOptions } from './types';

export interface ParallelCoordinatesOptions extends FigureOptions {
  /** The columns in order. Default: all with more than one value, the result last. */
  columns?: readonly string[];
  /** The result that colours the lines. Default `val_accuracy`. */
  value?: string;
}

interface Axis {
  name: string;
  /** Position of a run's value, 0 at the bottom, 1 at the top. */
  place(row: SweepRow): number;
  ticks: { at: number; text: string }[];
}

/**
 * A line for each run of a sweep across one vertical axis for each setting, coloured by the result.
 * The best run is drawn last: the lowest result of a loss or an error, else the highest. Runs whose
 * result is not finite (diverged) are drawn first, grey and dashed, at the axis's worst end.
 * Settings that are all positive and span a factor of 100 have a log axis. Drawn with lines rather
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
  const falls = modeOf(value) === 'min';
  const axes = columns.map((name) => axisOf(rows, name, name === value && falls));
  const range = rangeOf(rows.map((row) => Number(row[value])));
  const share = (row: SweepRow) => (Number(row[value]) - range.low) / (range.high - range.low || 1);
  const diverged = (row: SweepRow) => !Number.isFinite(Number(row[value]));
  const rank = (row: SweepRow) => (diverged(row) ? -1 : falls ? 1 - share(row) : share(row));
  const order = [...rows].sort((a, b) => rank(a) - rank(b));
  const nameOf = namesOf(rows, columns);
  const lines = order.map((row) => ({
    type: 'scatter',
    mode: 'lines',
    x: axes.map((_, i) => i),
    y: axes.map((axis) => axis.place(row)),
    line: diverged(row)
      ? { color: ink.faint, width: 2, dash: 'dash' }
      : { color: `rgb(${mapColour('viridis', share(row)).join(',')})`, width: 2 },
    opacity: 0.7,
    showlegend: false,
    text: columns.map(() =>
      columns.map((name) => plainText(`${name}: ${nameOf(row, name)}`)).join('<br>'),
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
      // Not beside it, where plotly writes it over the numbers.
      colorbar: {
        title: { text: plainText(value.replace(/_/g, ' ')), side: 'top' },
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
  const words = columns.map((name) => `${name} ${nameOf(best, name)}`).join(', ');
  const lost = rows.filter(diverged).length;
  const found = lost === rows.length ? 'all diverged' : `best: ${words}`;
  const note = lost && lost < rows.length ? `; ${lost} diverged` : '';
  return figureOf([...lines, scale], layout, `${rows.length} runs of a sweep; ${found}${note}`);
}

function namesOf(rows: readonly SweepRow[], columns: readonly string[]) {
  const names = new Map(
    columns.map((column) => {
      const found = levels(rows, column);
      const texts = levelNames(found);
      return [column, new Map(found.map((level, i) => [level, texts[i]!]))] as const;
    }),
  );
  return (row: SweepRow, column: string) => names.get(column)!.get(row[column]!)!;
}

/** @param worstOnTop position of values that are not finite: at the top, else at the bottom */
function axisOf(rows: readonly SweepRow[], name: string, worstOnTop: boolean): Axis {
  const found = levels(rows, name);
  const numbers = found.filter((level): level is number => typeof level === 'number');
  if (numbers.length !== found.length) {
    const texts = levelNames(found);
    const at = (level: SweepRow[string]) =>
      found.length > 1 ? found.indexOf(level) / (found.length - 1) : 0.5;
    return {
      name,
      place: (row) => at(row[name]!),
      ticks: found.map((level, i) => ({ at: at(level), text: texts[i]! })),
    };
  }
  const finite = numbers.filter(Number.isFinite);
  const { low, high } = rangeOf(finite);
  const log = low > 0 && high >= 100 * low;
  const scaled = (x: number) =>
    log ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low);
  const at = (x: number) => {
    if (!Number.isFinite(x)) return worstOnTop ? 1 : 0;
    return high > low ? scaled(x) : 0.5;
  };
  const middle = log ? Math.sqrt(low * high) : (low + high) / 2;
  const shown = finite.length <= 6 ? finite : [low, middle, high];
  const texts = shortApart(shown);
  return {
    name,
    place: (row) => at(Number(row[name])),
    ticks: shown.map((x, i) => ({ at: at(x), text: texts[i]! })),
  };
}

function labelsOf(axis: Axis, place: number): Record<string, unknown>[] {
  const common = { x: place, showarrow: false };
  return [
    {
      ...common,
      y: 1,
      yshift: 20,
      text: `<b>${plainText(axis.name.replace(/_/g, ' '))}</b>`,
      font: { size: 12 },
    },
    ...axis.ticks.map(({ at, text }) => ({
      ...common,
      y: at,
      xanchor: 'right',
      xshift: -5,
      text: plainText(text),
      // With a background, since lines cross here.
      font: { size: 11, color: '#ffffff' },
      bgcolor: '#5f656d',
      borderpad: 2,
    })),
  ];
}
