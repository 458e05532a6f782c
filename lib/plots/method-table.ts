import { GradbookError } from '../runtime';
import { cellLabels } from './cell-labels';
import { cellScale } from './colour-scales';
import { rangeOf, short } from './numbers';
import { plainText } from './plain-text';
import { figureOf, themedAxis, themedLayout } from './theme';
import type { Figure, FigureOptions } from './types';

export interface MethodTableOptions extends FigureOptions {
  /** Which numbers to show, in order. Default: all that every row has. */
  columns?: readonly string[];
  /** Columns in which lower is better. Default those named deletion, averageDrop, milliseconds, seconds, loss, empty, error, complexity or
   * maxSensitivity. */
  lessIsBetter?: readonly string[];
  /**
   * A column whose values differ by no more than this fraction of its largest absolute value is not
   * informative: it is marked `no spread` and left without colour. Default 0.005; 0 marks only
   * columns of equal values.
   */
  minSpread?: number;
  /** Name of a row. Default its `method` and `layer`. */
  nameOf?: (row: Readonly<Record<string, unknown>>) => string;
}

const usuallyLess =
  /deletion|drop|milliseconds|seconds|loss|empty|error|complexity|maxSensitivity/i;

/**
 * A table of scores, methods by columns, as a heat map: a stronger colour means a better value in
 * its column, the best of each is bold. A column without spread has neither colour nor bold, and
 * says so.
 *
 * @param rows such as `compareMethods` gives them; fields that are not numbers are ignored
 * @throws GradbookError `no-column` when a row lacks a requested column
 */
export function methodTable(rows: readonly object[], options: MethodTableOptions = {}): Figure {
  const table = rows as readonly Readonly<Record<string, unknown>>[];
  const numeric = (key: string) => table.every((row) => typeof row[key] === 'number');
  const columns = options.columns ?? Object.keys(table[0] ?? {}).filter(numeric);
  const lacking = columns.find((key) => !numeric(key));
  if (lacking !== undefined || !columns.length) {
    throw new GradbookError(
      `no column of numbers named ${lacking ?? 'anything'} in every row: there are ${Object.keys(table[0] ?? {}).join(', ')}`,
      'no-column',
    );
  }
  const names = unique(table.map(options.nameOf ?? nameOf)).map(plainText);
  const minSpread = options.minSpread ?? 0.005;
  const ranges = columns.map((key) => {
    const { low, high } = rangeOf(table.map((row) => row[key] as number));
    return {
      low,
      high,
      flat: high - low <= minSpread * Math.max(Math.abs(low), Math.abs(high)),
    };
  });
  const goodness = columns.map((key, j) => {
    const values = table.map((row) => row[key] as number);
    const { low, high, flat } = ranges[j]!;
    const less = options.lessIsBetter ? options.lessIsBetter.includes(key) : usuallyLess.test(key);
    return values.map((value) => {
      if (flat || !Number.isFinite(value)) return null;
      const share = (value - low) / (high - low);
      return less ? 1 - share : share;
    });
  });
  const strength = table.map((_, i) => goodness.map((column) => column[i]!));
  const text = table.map((row, i) =>
    columns.map((key, j) => {
      const words = short(row[key] as number);
      return strength[i]![j] === 1 ? `<b>${words}</b>` : words;
    }),
  );
  const headings = unique(
    columns.map((key) => key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()),
  ).map(plainText);
  // A single row has no spread.
  const marked = ranges.map(({ flat }) => flat && table.length > 1);
  const scale = cellScale(options);
  const labels = cellLabels({ x: headings, y: names, text }, (i, j) =>
    scale.textOn(strength[i]![j]!),
  );
  const heat = {
    type: 'heatmap',
    x: headings,
    y: names,
    z: strength,
    zmin: 0,
    zmax: 1,
    colorscale: scale.colours,
    showscale: false,
    xgap: 2,
    ygap: 2,
    customdata: text,
    hovertemplate: '%{y}<br>%{x}: %{customdata}<extra></extra>',
  };
  const layout = themedLayout(
    options,
    {
      title: 'Methods compared (the stronger the colour, the better)',
      height: (marked.includes(true) ? 126 : 110) + 30 * table.length,
    },
    {
      xaxis: themedAxis(options, '', {
        ...{ showgrid: false, type: 'category', side: 'top', ticks: '' },
        // Two words on one line would overlap their neighbours.
        tickvals: headings,
        ticktext: headings.map(
          (heading, j) =>
            heading.replaceAll(' ', '<br>') + (marked[j] ? '<br><i>no spread</i>' : ''),
        ),
      }),
      yaxis: themedAxis(options, '', { showgrid: false, type: 'category', autorange: 'reversed' }),
      margin: { l: 60, r: 24, t: marked.includes(true) ? 94 : 78, b: 16 },
    },
  );
  const best = columns.flatMap((_, j) =>
    ranges[j]!.flat ? [] : `${headings[j]} ${names[goodness[j]!.indexOf(1)] ?? 'none'}`,
  );
  const alike = headings.filter((_, j) => marked[j]);
  const words = [
    `table of ${table.length} methods`,
    best.length ? `best by ${best.join(', ')}` : '',
    alike.length ? `no spread in ${alike.join(', ')}` : '',
  ];
  // plotly does not draw a heat map without values.
  const traces = best.length ? [heat, labels] : [labels];
  return figureOf(traces, layout, words.filter(Boolean).join('; '));
}

function nameOf(row: Readonly<Record<string, unknown>>): string {
  return [row['method'] ?? row['name'] ?? 'row', row['layer']].filter(Boolean).join(', ');
}

/** Two rows of one name would overlap. */
function unique(names: readonly string[]): string[] {
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`));
}
