import { fixed, meanOf, rangeOf } from './numbers';
import { plainText } from './plain-text';
import {
  figureOf,
  inkOf,
  meaning,
  seriesColour,
  themedAxis,
  themedLayout,
  withTopLegend,
} from './theme';
import type { Figure, FigureOptions, Numbers } from './types';

export interface BarSpreadOptions extends FigureOptions {
  /** Name of the metric. Default `accuracy`. */
  label?: string;
  /** Reference values by the same names: a line across the bar. */
  reference?: Readonly<Record<string, number>>;
  /** Name of the reference. Default `paper`. */
  referenceName?: string;
  /** Range of the axis. Default: from 0. */
  range?: readonly [number, number];
  /** d3 number format. Default `.4~g`, four significant digits. */
  format?: string;
}

/**
 * A bar for the mean of each group, with a whisker from minimum to maximum and a dot for each
 * value: results of several seeds.
 *
 * @example
 * show(barSpread({ SGD: [0.28, 0.31], Adam: [0.3, 0.33] }, { reference: { Adam: 0.3 } }));
 */
export function barSpread(
  groups: Readonly<Record<string, Numbers>>,
  options: BarSpreadOptions = {},
): Figure {
  const label = options.label ?? 'accuracy';
  const names = Object.keys(groups);
  const shown = names.map(plainText);
  const values = names.map((name) => Array.from(groups[name]!).filter(Number.isFinite));
  const means = values.map((list) => (list.length ? meanOf(list) : null));
  const ink = inkOf(options.theme);
  const format = options.format ?? '.4~g';
  const data: Record<string, unknown>[] = [
    {
      type: 'bar',
      name: 'mean, least to greatest',
      x: shown,
      y: means,
      width: Math.min(0.6, 0.12 * names.length + 0.1),
      marker: { color: seriesColour(0), opacity: 0.75 },
      error_y: {
        type: 'data',
        symmetric: false,
        array: values.map((list, i) => (list.length > 1 ? rangeOf(list).high - means[i]! : 0)),
        arrayminus: values.map((list, i) => (list.length > 1 ? means[i]! - rangeOf(list).low : 0)),
        color: ink.text,
        thickness: 1.5,
        width: 6,
      },
      hovertemplate: `%{x}: %{y:${format}}<extra></extra>`,
    },
    {
      type: 'scatter',
      mode: 'markers',
      name: 'one run',
      x: shown.flatMap((name, i) => values[i]!.map(() => name)),
      y: values.flat(),
      marker: { symbol: 'circle-open', size: 7, color: ink.text, line: { width: 1.5 } },
      hovertemplate: `%{y:${format}}<extra></extra>`,
    },
  ];
  const reference = new Map(Object.entries(options.reference ?? {}));
  const referenceName = plainText(options.referenceName ?? 'paper');
  const compared = names.filter((name) => reference.has(name));
  if (compared.length) {
    data.push({
      type: 'scatter',
      mode: 'markers',
      name: referenceName,
      x: compared.map(plainText),
      y: compared.map((name) => reference.get(name)),
      marker: {
        symbol: 'line-ew',
        size: 44,
        color: meaning.bad,
        line: { width: 3, color: meaning.bad },
      },
      hovertemplate: `${referenceName} %{y:${format}}<extra></extra>`,
    });
  }
  const layout = themedLayout(
    options,
    { title: `${label}, spread over runs`, height: 370 },
    {
      xaxis: themedAxis(options, '', {
        showgrid: false,
        type: 'category',
        range: [-0.6, names.length - 0.4],
      }),
      yaxis: themedAxis(
        options,
        label,
        options.range ? { range: [...options.range] } : { rangemode: 'tozero' },
      ),
    },
  );
  const words = names.map((name, i) => {
    const { low, high } = rangeOf(values[i]!);
    return `${name} ${means[i] === null ? 'n/a' : `${fixed(means[i]!)} (${fixed(low)} to ${fixed(high)})`}`;
  });
  const legend = data.map((trace) => String(trace['name']));
  return figureOf(data, withTopLegend(layout, legend, options), `${label}: ${words.join(', ')}`);
}
