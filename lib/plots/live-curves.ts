import type { Runs } from './runs';
import { type TrainingCurvesOptions, trainingCurves } from './training-curves';
import type { Figure, HistoryLike } from './types';

export interface LiveCurvesOptions extends TrainingCurvesOptions {
  /** Largest number of points of a curve; longer ones are downsampled, keeping the last point. Default 200. */
  points?: number;
}

/**
 * Training curves for a display that is updated while training runs: with `epochs` the axis is
 * fixed; zoom survives the update; a long history is downsampled, so that an update stays small.
 *
 * @example
 * show(liveCurves(history, { epochs: 50 }));
 */
export function liveCurves(history: HistoryLike, options: LiveCurvesOptions = {}): Figure {
  const runs: Runs = thin(history, options.points ?? 200);
  const figure = trainingCurves(runs, options);
  return { ...figure, layout: { ...figure.layout, uirevision: 'live' } };
}

function thin(history: HistoryLike, points: number): HistoryLike {
  const length = Math.max(0, ...Object.values(history.history).map((values) => values.length));
  const step = Math.max(1, Math.ceil(length / points));
  const kept = Array.from({ length }, (_, i) => i).filter((i) => (length - 1 - i) % step === 0);
  const pick = <T>(values: ArrayLike<T>) =>
    kept.filter((i) => i < values.length).map((i) => values[i]!);
  const epoch = history.epoch ?? Array.from({ length }, (_, i) => i);
  return {
    epoch: pick(epoch),
    history: Object.fromEntries(
      Object.entries(history.history).map(([key, values]) => [key, pick(values)]),
    ),
  };
}
