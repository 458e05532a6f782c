import { classColour } from './class-colours';
import { plainText } from './plain-text';
import { figureOf, themedAxis, themedLayout, withTopLegend } from './theme';
import type { Figure, FigureOptions, Numbers } from './types';

/** The classes of an `ImageSet`. */
export interface ClassesOfSet {
  primary: Numbers;
  secondary?: Numbers;
  classNames: readonly string[];
}

/**
 * Number of images of each class: by primary class (the single-label task) as a solid bar, by
 * secondary class (the multi-label task) hatched on top.
 *
 * @throws GradbookError `class-out-of-range` for a class without a name
 *
 * @example
 * show(classBalance(sets.train));
 */
export function classBalance(set: ClassesOfSet, options: FigureOptions = {}): Figure {
  const { classNames } = set;
  const names = classNames.map(plainText);
  const primary = countClasses(set.primary, classNames);
  const secondary = countClasses(set.secondary ?? [], classNames);
  const colours = names.map((_, index) => classColour(classNames, index));
  const total = set.primary.length;
  const doubled = secondary.reduce((sum, count) => sum + count, 0);
  const bar = { type: 'bar', x: names };
  const data: Record<string, unknown>[] = [
    {
      ...bar,
      name: 'primary class',
      y: primary,
      marker: { color: colours },
      hovertemplate: '%{x}: %{y} as primary<extra></extra>',
    },
  ];
  if (doubled) {
    data.push({
      ...bar,
      name: 'secondary class',
      y: secondary,
      marker: {
        color: colours,
        pattern: {
          shape: '/',
          fillmode: 'replace',
          fgcolor: colours,
          bgcolor: '#80808020',
          size: 7,
        },
      },
      hovertemplate: '%{x}: %{y} as secondary<extra></extra>',
    });
  }
  data.push({
    type: 'scatter',
    mode: 'text',
    x: names,
    y: names.map((_, i) => primary[i]! + secondary[i]!),
    text: names.map((_, i) => (doubled ? `${primary[i]} + ${secondary[i]}` : String(primary[i]))),
    textposition: 'top center',
    cliponaxis: false,
    hoverinfo: 'skip',
    showlegend: false,
  });
  const layout = themedLayout(
    options,
    { title: 'Images of each class', height: 360 },
    {
      barmode: 'stack',
      bargap: 0.25,
      showlegend: false,
      xaxis: themedAxis(options, '', { showgrid: false, type: 'category' }),
      yaxis: themedAxis(options, 'images', { rangemode: 'tozero' }),
    },
  );
  const each = classNames.map((name, i) => `${name} ${primary[i]}+${secondary[i]}`).join(', ');
  return figureOf(
    data,
    doubled ? withTopLegend(layout, ['primary class', 'secondary class'], options) : layout,
    `${total} images by class, primary + secondary: ${each}; ${doubled} have two classes`,
  );
}

function countClasses(classes: Numbers, classNames: readonly string[]): number[] {
  const counts = classNames.map(() => 0);
  for (let i = 0; i < classes.length; i++) {
    const index = classes[i]!;
    if (index < 0) continue;
    classColour(classNames, index);
    counts[index]!++;
  }
  return counts;
}
