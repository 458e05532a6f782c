import { cellLabels } from './cell-labels';
import type { ClassesOfSet } from './class-balance';
import { cellScale } from './colour-scales';
import { plainText } from './plain-text';
import { figureOf, themedAxis, themedLayout } from './theme';
import type { Figure, FigureOptions } from './types';

/** How many images have each pair of a primary (row) and a secondary class (column). */
export function pairHeatmap(set: ClassesOfSet, options: FigureOptions = {}): Figure {
  const names = set.classNames.map(plainText);
  // A class may be called `none` itself.
  let none = 'none';
  while (names.includes(none)) none = `(${none})`;
  const columns = [none, ...names];
  const counts = names.map(() => columns.map(() => 0));
  for (let i = 0; i < set.primary.length; i++) {
    counts[set.primary[i]!]![(set.secondary?.[i] ?? -1) + 1]!++;
  }
  const most = Math.max(1, ...counts.flat());
  const scale = cellScale(options);
  const text = counts.map((row) => row.map((count) => (count ? String(count) : '')));
  const heat = {
    type: 'heatmap',
    x: columns,
    y: names,
    z: counts.map((row) => row.map((count) => count || null)),
    zmax: most,
    zmin: 0,
    colorscale: scale.colours,
    showscale: false,
    xgap: 2,
    ygap: 2,
    hovertemplate: '%{y} with %{x}: %{z} images<extra></extra>',
  };
  const labels = cellLabels({ x: columns, y: names, text }, (i, j) =>
    scale.textOn(counts[i]![j]! / most),
  );
  const layout = themedLayout(
    { width: 720, ...options },
    { title: 'Pairs of types', height: 480 },
    {
      xaxis: themedAxis(options, 'secondary', { showgrid: false, type: 'category' }),
      yaxis: themedAxis(options, 'primary', {
        showgrid: false,
        type: 'category',
        autorange: 'reversed',
      }),
    },
  );
  const pairs = counts.flatMap((row) => row.slice(1)).filter((count) => count > 0).length;
  return figureOf(
    [heat, labels],
    layout,
    `table of primary and secondary types: ${set.primary.length} images, ${pairs} different pairs`,
  );
}
