import { isChange, paperRange } from '../paper';
import { GradbookError } from '../runtime';
import { fixed } from './numbers';
import { plainText } from './plain-text';
import { figureOf, inkOf, seriesColour, themedAxis, themedLayout, withTopLegend } from './theme';
import type { Figure, FigureOptions } from './types';

/** A metric of a run with the paper's value, as `reportMetric` keeps it. */
export interface ComparedMetric {
  /** Section of the paper. */
  section: string;
  name: string;
  value: number;
  /** The paper's value as it prints it: `99.5 %`, `0.9400`, `80 to 90 %`. */
  paper: string;
}

/**
 * The paper's values beside those of a run, a row for each metric that both have: a diamond for the
 * paper's value (a line where it names a range), a dot for the run's.
 *
 * @param metrics those whose value is no share or a change of one, or whose paper text has no number, are
 *   left out
 * @throws GradbookError `no-metrics` when none is left
 *
 * @example
 * show(paperComparison([{ section: '2.4', name: 'test accuracy', value: 0.998, paper: '99.5 %' }]));
 */
export function paperComparison(
  metrics: readonly ComparedMetric[],
  options: FigureOptions = {},
): Figure {
  const rows = metrics.flatMap(({ section, name, value, paper }) => {
    const range = paperRange(paper);
    const isShare = Number.isFinite(value) && value >= 0 && value <= 1 && !isChange(name);
    return range && isShare ? [{ label: `${section} ${short(name)}`, value, range, paper }] : [];
  });
  if (rows.length === 0) {
    throw new GradbookError(
      'none of the metrics has a share between 0 and 1 of ours and of the paper',
      'no-metrics',
    );
  }
  const ink = inkOf(options.theme);
  const labels = rows.map(({ label }) => plainText(label));
  const ends = rows.flatMap(({ range }, i) => [
    { x: range[0], y: labels[i] },
    { x: range[1], y: labels[i] },
    { x: null, y: labels[i] },
  ]);
  const data = [
    {
      ...{ type: 'scatter', mode: 'lines+markers', name: 'paper' },
      x: ends.map(({ x }) => x),
      y: ends.map(({ y }) => y),
      marker: { symbol: 'diamond', size: 11, color: seriesColour(1) },
      line: { color: seriesColour(1), width: 4 },
      hovertemplate: '%{y}: %{x}<extra>paper</extra>',
    },
    {
      ...{ type: 'scatter', mode: 'markers', name: 'this run' },
      x: rows.map(({ value }) => value),
      y: labels,
      marker: {
        symbol: 'circle',
        size: 10,
        color: seriesColour(0),
        line: { width: 1, color: ink.text },
      },
      hovertemplate: '%{y}: %{x:.4~g}<extra>this run</extra>',
    },
  ];
  const layout = themedLayout(
    options,
    { title: 'The paper beside this run', height: Math.max(240, 130 + 34 * rows.length) },
    {
      xaxis: themedAxis(options, 'value', { range: [-0.02, 1.02] }),
      yaxis: themedAxis(options, '', {
        ...{ type: 'category', autorange: 'reversed' },
        ...{ categoryorder: 'array', categoryarray: labels },
      }),
    },
  );
  const names = data.map(({ name }) => name);
  const words = rows.map(({ label, value, paper }) => `${label} ${fixed(value)}, paper ${paper}`);
  return figureOf(
    data,
    withTopLegend(layout, names, options),
    `The paper's values beside those of this run: ${words.join('; ')}`,
  );
}

/** At most 40 characters, cut between words. */
function short(name: string): string {
  if (name.length <= 40) return name;
  const words = name.slice(0, 40).split(' ');
  return `${(words.length > 1 ? words.slice(0, -1) : words).join(' ')} …`;
}
