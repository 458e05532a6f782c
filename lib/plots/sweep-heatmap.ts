import { GradbookError } from '../runtime';
import { cellLabels } from './cell-labels';
import { colourScaleOf } from './colour-maps';
import { fixed, meanOf, rangeOf, short, shortApart } from './numbers';
import { plainText } from './plain-text';
import { figureOf, themedAxis, themedLayout } from './theme';
import type { Figure, FigureOptions } from './types';

/** One run of a sweep: its settings and results. */
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
 * Mean result for each pair of two settings, with minimum and maximum over the runs (seeds) of that
 * pair in the cell. Runs whose result is not finite are left out of the mean and counted in the
 * cell as diverged.
 *
 * @throws GradbookError `no-column` when a run lacks one of the columns
 *
 * @example
 * const runs = [
 *   { optimizer: 'sgd', learningRate: 1e-2, val_accuracy: 0.61 },
 *   { optimizer: 'adam', learningRate: 1e-3, val_accuracy: 0.97 },
 * ];
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
        .filter((row) => Object.is(row[options.x], x) && Object.is(row[options.y], y))
        .map((row) => Number(row[value])),
    ),
  );
  const means = cells.map((row) =>
    row.map((runs) => {
      const finite = runs.filter(Number.isFinite);
      return finite.length ? meanOf(finite) : null;
    }),
  );
  const found = means.flat().filter((mean): mean is number => mean !== null);
  const { low, high } = rangeOf(found);
  const names = { x: levelNames(xs).map(plainText), y: levelNames(ys).map(plainText) };
  const [xName, yName, valueName] = [options.x, options.y, value].map(plainText) as [
    string,
    string,
    string,
  ];
  const heat = {
    type: 'heatmap',
    x: names.x,
    y: names.y,
    z: means,
    colorscale: colourScaleOf('viridis'),
    xgap: 2,
    ygap: 2,
    colorbar: { title: { text: valueName, side: 'right' }, thickness: 12, outlinewidth: 0 },
    hovertemplate: `${yName} %{y}<br>${xName} %{x}<br>mean %{z:.4~g}<extra></extra>`,
  };
  // viridis ends in a light yellow: dark text there, white elsewhere.
  // A cell without a mean has no background: a grey that is readable on white and on black.
  const labels = cellLabels({ ...names, text: cells.map((row) => row.map(cellText)) }, (i, j) => {
    const mean = means[i]![j] ?? null;
    if (mean === null) return '#7a828c';
    return (mean - low) / (high - low) > 0.6 ? '#16202b' : '#ffffff';
  });
  const layout = themedLayout(
    options,
    { title: `${valueName} by ${xName} and ${yName}`, height: 150 + 52 * ys.length },
    {
      xaxis: themedAxis(options, xName, { showgrid: false, type: 'category' }),
      yaxis: themedAxis(options, yName, { showgrid: false, type: 'category' }),
    },
  );
  return figureOf(
    [heat, labels],
    layout,
    `${value} over ${rows.length} runs by ${options.x} and ${options.y}: means from ${short(low)} to ${short(high)}`,
  );
}

function cellText(runs: readonly number[]): string {
  const finite = runs.filter(Number.isFinite);
  const diverged = runs.length - finite.length;
  if (!finite.length) return diverged ? 'diverged' : '';
  const mean = fixed(meanOf(finite));
  if (runs.length === 1) return mean;
  const { low, high } = rangeOf(finite);
  const note = diverged ? `, ${diverged} diverged` : '';
  return `<b>${mean}</b><br>${fixed(low)}–${fixed(high)}${note}`;
}

/** The different values of a setting: numbers in ascending order with NaN last, strings in order of appearance. */
export function levels(rows: readonly SweepRow[], column: string): (number | string | boolean)[] {
  const found = [...new Set(rows.map((row) => row[column]!))];
  if (!found.every((level) => typeof level === 'number')) return found;
  const last = (level: unknown) => (Number.isNaN(level) ? 1 : 0);
  return found.sort((a, b) => last(a) - last(b) || +a - +b);
}

/** Different names for different values: the string `1` beside the number 1 is quoted. */
export function levelNames(found: readonly (number | string | boolean)[]): string[] {
  const numbers = found.filter((level): level is number => typeof level === 'number');
  const texts = shortApart(numbers);
  const taken = new Set(texts);
  for (const level of found) if (typeof level === 'boolean') taken.add(String(level));
  return found.map((level) => {
    if (typeof level === 'number') return texts[numbers.findIndex((n) => Object.is(n, level))]!;
    return typeof level === 'string' && taken.has(level) ? `'${level}'` : String(level);
  });
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
