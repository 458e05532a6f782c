import { GradbookError } from '../runtime';
import { cellLabels } from './cell-labels';
import { colourScaleOf } from './colour-maps';
import { meanOf, short } from './numbers';
import { figureOf, themedAxis, themedLayout } from './theme';
import type { Figure, FigureOptions } from './types';

/** One run of a sweep: its settings and what came of it. */
export type SweepRow = Readonly<Record<string, number | string | boolean>>;

export interface SweepHeatmapOptions extends FigureOptions {
  /** The setting of the columns. */
  x: string;
  /** The setting of the rows. */
  y: string;
  /** The result. Default `val_accuracy`. */
  value?: string;
}

/**
 * Mean result for each pair of two settings, with least and greatest over the runs of that pair
 * (seeds) in the cell.
 *
 * @throws GradbookError `no-column` when a run lacks one of the columns
 *
 * @example
 * show(sweepHeatmap(runs, { x: 'learningRate', y: 'optimizer', value: 'val_accuracy' }));
 */
export function sweepHeatmap(rows: readonly SweepRow[], options: SweepHeatmapOptions): Figure {
  const value = options.value ?? 'val_accuracy';
  for (const column of [options.x, options.y, value]) checkColumn(rows, column);
  const xs = levels(rows, options.x);
  const ys = levels(rows, options.y);
  const cells = ys.map((y) =>
    xs.map((x) =>
      rows
        .filter((row) => row[options.x] === x && row[options.y] === y)
        .map((row) => Number(row[value]))
        .filter(Number.isFinite),
    ),
  );
  const means = cells.map((row) => row.map((runs) => (runs.length ? meanOf(runs) : null)));
  const found = means.flat().filter((mean): mean is number => mean !== null);
  const low = Math.min(...found);
  const high = Math.max(...found);
  const names = { x: xs.map(levelName), y: ys.map(levelName) };
  const heat = {
    type: 'heatmap',
    x: names.x,
    y: names.y,
    z: means,
    colorscale: colourScaleOf('viridis'),
    xgap: 2,
    ygap: 2,
    colorbar: { title: { text: value, side: 'right' }, thickness: 12, outlinewidth: 0 },
    hovertemplate: `${options.y} %{y}<br>${options.x} %{x}<br>mean %{z:.4f}<extra></extra>`,
  };
  // viridis ends in a light yellow: dark text there, white on all the rest.
  const labels = cellLabels({ ...names, text: cells.map((row) => row.map(cellText)) }, (i, j) =>
    ((means[i]![j] ?? low) - low) / (high - low) > 0.6 ? '#16202b' : '#ffffff',
  );
  const layout = themedLayout(
    options,
    { title: `${value} by ${options.x} and ${options.y}`, height: 150 + 52 * ys.length },
    {
      xaxis: themedAxis(options, options.x, { showgrid: false, type: 'category' }),
      yaxis: themedAxis(options, options.y, { showgrid: false, type: 'category' }),
    },
  );
  return figureOf(
    [heat, labels],
    layout,
    `${value} over ${rows.length} runs by ${options.x} and ${options.y}: means from ${short(low)} to ${short(high)}`,
  );
}

function cellText(runs: readonly number[]): string {
  if (!runs.length) return '';
  const mean = meanOf(runs).toFixed(3);
  if (runs.length === 1) return mean;
  return `<b>${mean}</b><br>${Math.min(...runs).toFixed(3)}–${Math.max(...runs).toFixed(3)}`;
}

/** The different values of a setting: numbers by size, words as they come. */
export function levels(rows: readonly SweepRow[], column: string): (number | string | boolean)[] {
  const found = [...new Set(rows.map((row) => row[column]!))];
  return found.every((level) => typeof level === 'number') ? found.sort((a, b) => +a - +b) : found;
}

export function levelName(level: number | string | boolean): string {
  return typeof level === 'number' ? short(level) : String(level);
}

/** @throws GradbookError `no-column` */
export function checkColumn(rows: readonly SweepRow[], column: string): void {
  const lacking = rows.findIndex((row) => row[column] === undefined);
  if (!rows.length || lacking >= 0) {
    const there = Object.keys(rows[lacking] ?? {}).join(', ') || 'none';
    throw new GradbookError(
      `no column ${column} in run ${lacking}: there are ${there}`,
      'no-column',
    );
  }
}
