import { fixed } from './numbers';
import { panels } from './panels';
import { plainText } from './plain-text';
import { figureOf, seriesColour, themedAxis, themedLayout, withTopLegend } from './theme';
import type { Figure, FigureOptions, Numbers } from './types';

/** Mean probability at each step from no pixels to all, and the areas under the curves. */
export interface FaithfulnessCurves {
  insertionCurve: Numbers;
  deletionCurve: Numbers;
  /** Fraction of the pixels at each step. Default: equal steps from 0 to 1. */
  parts?: Numbers;
  /** Areas. Default: by the trapezoidal rule. */
  insertion?: number;
  deletion?: number;
}

const marks = ['circle', 'square', 'diamond', 'triangle-up', 'x', 'cross', 'star'];

/**
 * Insertion (the faster up the better) and deletion curves (the faster down the better) of several
 * methods, with the area under each in the legend. Petsiuk et al., 2018, arXiv:1806.07421.
 */
export function insertionDeletion(
  methods: Readonly<Record<string, FaithfulnessCurves>>,
  options: FigureOptions = {},
): Figure {
  const names = Object.keys(methods);
  const legend: string[] = [];
  const data = names.flatMap((name, i) => {
    const curves = methods[name]!;
    const areas = [
      curves.insertion ?? area(curves.insertionCurve, curves.parts),
      curves.deletion ?? area(curves.deletionCurve, curves.parts),
    ];
    legend.push(`${name}: ${areas.map((value) => fixed(value)).join(' / ')}`);
    return [curves.insertionCurve, curves.deletionCurve].map((curve, panel) => {
      const steps = curve.length - 1;
      return {
        type: 'scatter',
        mode: 'lines+markers',
        name: plainText(legend[i]!),
        legendgroup: name,
        showlegend: panel === 0,
        x: Array.from(curve, (_, step) => curves.parts?.[step] ?? (steps ? step / steps : 0)),
        y: Array.from(curve, (value) => (Number.isFinite(value) ? value : null)),
        line: { color: seriesColour(i), width: 2 },
        marker: { symbol: marks[i % marks.length], size: 6, color: seriesColour(i) },
        hovertemplate: `${plainText(name)}: %{y:.4~g}<extra></extra>`,
        xaxis: panel ? 'x2' : 'x',
        yaxis: panel ? 'y2' : 'y',
      };
    });
  });
  const { places, height } = panels(2, false, options);
  const axes: Record<string, unknown> = {};
  places.forEach((box, panel) => {
    const suffix = panel ? '2' : '';
    axes[`xaxis${suffix}`] = themedAxis(options, `share of pixels ${panel ? 'removed' : 'added'}`, {
      domain: box.x,
      anchor: `y${suffix}`,
      tickformat: '.0%',
    });
    axes[`yaxis${suffix}`] = themedAxis(options, panel ? '' : 'probability', {
      domain: box.y,
      anchor: `x${suffix}`,
      range: [0, 1.02],
    });
  });
  const layout = themedLayout(
    options,
    { title: 'Insertion and deletion (area / area)', height },
    axes,
  );
  return figureOf(
    data,
    withTopLegend(layout, legend, options),
    `insertion and deletion curves, with their areas: ${legend.join('; ')}`,
  );
}

function area(curve: Numbers, parts?: Numbers): number {
  const at = (i: number) => parts?.[i] ?? i / (curve.length - 1);
  let sum = 0;
  for (let i = 1; i < curve.length; i++) {
    sum += ((at(i) - at(i - 1)) * (curve[i - 1]! + curve[i]!)) / 2;
  }
  return curve.length > 1 ? sum : Number.NaN;
}
