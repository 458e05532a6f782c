import { fixed } from './numbers';
import { plainText } from './plain-text';
import { figureOf, seriesColour, themedAxis, themedLayout, withTopLegend } from './theme';
import type { Figure, FigureOptions } from './types';

/** Bins of confidence, as `calibrationError` gives them. */
export interface ReliabilityBins {
  ece: number;
  bins: readonly {
    low: number;
    high: number;
    count: number;
    confidence: number;
    accuracy: number;
  }[];
}

/**
 * Reliability diagrams: the accuracy of the predictions in each bin of confidence with the diagonal
 * of perfect calibration, with the expected calibration error in the legend. Points below the
 * diagonal mean overconfidence. The area of a point is proportional to the fraction of predictions
 * in its bin; empty bins are left out. Guo et al., 2017, arXiv:1706.04599.
 *
 * @param sets by name, such as before and after temperature scaling
 */
export function reliabilityDiagram(
  sets: Readonly<Record<string, ReliabilityBins>>,
  options: FigureOptions = {},
): Figure {
  const names = Object.keys(sets);
  const diagonal = {
    type: 'scatter',
    mode: 'lines',
    name: 'accuracy = confidence',
    x: [0, 1],
    y: [0, 1],
    line: { color: '#8a8a8a', width: 1, dash: 'dash' },
    hoverinfo: 'skip',
  };
  const lines = names.map((name, i) => {
    const { ece, bins } = sets[name]!;
    const filled = bins.filter(({ count }) => count > 0);
    const total = filled.reduce((sum, { count }) => sum + count, 0);
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: `${plainText(name)}: ECE ${fixed(ece)}`,
      // plotly drops a trace without points, and its legend entry.
      x: filled.length > 0 ? filled.map(({ confidence }) => confidence) : [null],
      y: filled.length > 0 ? filled.map(({ accuracy }) => accuracy) : [null],
      customdata: filled.map(
        ({ low, high, count }) => `${low.toFixed(2)} to ${high.toFixed(2)}, ${count} predictions`,
      ),
      line: { color: seriesColour(i), width: 2 },
      marker: {
        color: seriesColour(i),
        size: filled.length > 0 ? filled.map(({ count }) => 5 + 20 * Math.sqrt(count / total)) : 5,
        opacity: 0.8,
      },
      hovertemplate: '%{customdata}<br>confidence %{x:.4~g}, accuracy %{y:.4~g}',
    };
  });
  const layout = themedLayout(
    options,
    { title: options.title ?? 'Reliability', height: 420 },
    {
      xaxis: themedAxis(options, 'confidence', { range: [0, 1.02] }),
      yaxis: themedAxis(options, 'accuracy', { range: [0, 1.02] }),
    },
  );
  const words = names.map((name) => `${name} ${fixed(sets[name]!.ece)}`).join(', ');
  return figureOf(
    [diagonal, ...lines],
    withTopLegend(
      layout,
      [diagonal, ...lines].map(({ name }) => name),
      options,
    ),
    `reliability diagram, expected calibration error: ${words}`,
  );
}
