import { short } from './numbers';
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

/** Result of a learning-rate range test. */
export interface RateTest {
  /** Learning rates in increasing order. */
  learningRates: Numbers;
  /** Loss of the batch trained at each. */
  losses: Numbers;
  /** The losses smoothed. Default: an exponential mean with weight 0.9, with bias correction. */
  smoothed?: Numbers;
  /** The suggested rate. Default: where the smoothed loss falls most steeply. */
  suggested?: number;
}

/**
 * The loss over the learning rate, on a log axis, with the suggested rate marked (Smith, 2017,
 * arXiv:1506.01186). The axis ends at four times the minimal loss.
 */
export function learningRateFinder(test: RateTest, options: FigureOptions = {}): Figure {
  const rates = Array.from(test.learningRates);
  const losses = Array.from(test.losses, finite);
  const smoothed = Array.from(test.smoothed ?? smooth(test.losses), finite);
  const suggested = test.suggested ?? rates[steepest(rates, smoothed)];
  const known = smoothed.filter((loss): loss is number => loss !== null);
  const low = Math.min(...known);
  const first = known[0] ?? 1;
  const top = Math.min(Math.max(...known), Math.max(4 * low, 1.3 * first));
  const line = { type: 'scatter', mode: 'lines', x: rates, hovertemplate: '%{x:.2~e}: %{y:.4g}' };
  const data: Record<string, unknown>[] = [
    {
      ...line,
      name: 'loss of a batch',
      y: losses,
      line: { color: inkOf(options.theme).faint, width: 1 },
    },
    { ...line, name: 'smoothed', y: smoothed, line: { color: seriesColour(0), width: 2.5 } },
  ];
  if (suggested !== undefined) {
    const y = smoothed[rates.findIndex((rate) => rate >= suggested)] ?? low;
    data.push({
      type: 'scatter',
      mode: 'markers',
      name: `suggested: ${short(suggested, 2)}`,
      x: [suggested],
      y: [y],
      marker: {
        symbol: 'star',
        size: 14,
        color: meaning.bad,
        line: { color: '#ffffff', width: 1 },
      },
      hoverinfo: 'skip',
    });
  }
  const layout = themedLayout(
    options,
    { title: 'Loss by learning rate', height: 360 },
    {
      xaxis: themedAxis(options, 'learning rate', {
        type: 'log',
        exponentformat: 'power',
        dtick: 1,
      }),
      yaxis: themedAxis(options, 'loss', {
        range: [low - 0.08 * (top - low), top + 0.08 * (top - low)],
      }),
    },
  );
  const names = data.map((trace) => String(trace['name']));
  return figureOf(
    data,
    withTopLegend(layout, names, options),
    `loss by learning rate from ${short(rates[0] ?? Number.NaN)} to ${short(rates[rates.length - 1] ?? Number.NaN)}; suggested ${short(suggested ?? Number.NaN, 2)}`,
  );
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function smooth(losses: Numbers, weight = 0.9): number[] {
  let mean = 0;
  return Array.from(losses, (loss, i) => {
    mean = weight * mean + (1 - weight) * loss;
    return mean / (1 - weight ** (i + 1));
  });
}

/** The point before the minimum where the loss falls most steeply over the logarithm of the rate. */
function steepest(rates: readonly number[], losses: readonly (number | null)[]): number {
  let least = 0;
  losses.forEach((loss, i) => {
    if (loss !== null && loss < (losses[least] ?? Number.POSITIVE_INFINITY)) least = i;
  });
  let best = 0;
  let slope = 0;
  for (let i = 1; i < least; i++) {
    const rise = (losses[i + 1] ?? 0) - (losses[i - 1] ?? 0);
    const step = rise / Math.log(rates[i + 1]! / rates[i - 1]!);
    if (step < slope) {
      slope = step;
      best = i;
    }
  }
  return best;
}
