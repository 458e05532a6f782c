import { plainText } from './plain-text';
import { figureOf, seriesColour, themedAxis, themedLayout, withTopLegend } from './theme';
import type { Figure, FigureOptions, Numbers } from './types';

export interface Line {
  x: Numbers | readonly string[];
  y: Numbers;
}

export interface LineChartOptions extends FigureOptions {
  /** Title of the x axis. Default none. */
  xLabel?: string;
  /** Title of the y axis. Default none. */
  yLabel?: string;
  /** Range of the y axis. Default: that of the values. */
  range?: readonly [number, number];
}

const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash'];
const marks = ['circle', 'square', 'diamond', 'triangle-up', 'x', 'cross', 'star'];

/**
 * Lines by name, distinguished by colour and marker, such as the rank correlation of maps over
 * randomised layers.
 */
export function lineChart(
  lines: Readonly<Record<string, Line>>,
  options: LineChartOptions = {},
): Figure {
  const names = Object.keys(lines);
  const data = names.map((name, i) => {
    const { x, y } = lines[name]!;
    const many = y.length > 60;
    const color = seriesColour(i);
    return {
      type: 'scatter',
      mode: many ? 'lines' : 'lines+markers',
      name: plainText(name),
      x: Array.from(x as ArrayLike<number | string>, (at) =>
        typeof at === 'string' ? plainText(at) : at,
      ),
      y: Array.from(y, (value) => (Number.isFinite(value) ? value : null)),
      line: { color, width: 2, dash: many ? dashes[i % dashes.length] : 'solid' },
      ...(many ? {} : { marker: { symbol: marks[i % marks.length], size: 8, color } }),
      hovertemplate: '%{y:.4g}',
    };
  });
  const places = names.flatMap((name) => Array.from(lines[name]!.x as ArrayLike<unknown>));
  const words = places.length > 0 && places.every((at) => typeof at === 'string');
  const title = options.title ?? [options.yLabel, options.xLabel].filter(Boolean).join(' over ');
  const layout = themedLayout(
    options,
    { title, height: 360 },
    {
      hovermode: 'x unified',
      // plotly parses strings such as 10 and 2024-05-01 as numbers and dates.
      xaxis: themedAxis(options, options.xLabel ?? '', words ? { type: 'category' } : {}),
      yaxis: themedAxis(
        options,
        options.yLabel ?? '',
        options.range ? { range: [...options.range] } : {},
      ),
    },
  );
  return figureOf(
    data,
    withTopLegend(layout, names, options),
    `line chart${title ? `, ${title}` : ''}: ${names.join(', ')}`,
  );
}
