import { probabilitiesOf } from '../predictions';
import type { LabelledImages, Picture, Values } from '../types';
import { imageCount } from './images';
import { type PredictionGridOptions, predictionGrid } from './prediction-grid';

/** Rows of wrong predictions, sorted by the probability of the true class, the lowest first. */
export function worstRows(source: LabelledImages, predictions: Values, count: number): number[] {
  const classes = source.classNames.length;
  return Array.from({ length: imageCount(source) }, (_, row) => {
    const probabilities = probabilitiesOf(predictions, row, classes);
    const truth = probabilities[source.primary[row]!] ?? Number.NaN;
    return {
      row,
      truth,
      wrong: !probabilities.every((p, c) => c === source.primary[row] || p < truth),
    };
  })
    .filter(({ wrong }) => wrong)
    .sort((a, b) => (Number.isNaN(a.truth) ? -1 : a.truth) - (Number.isNaN(b.truth) ? -1 : b.truth))
    .slice(0, count)
    .map(({ row }) => row);
}

/**
 * The wrong predictions with the lowest probability of the true class, the worst first. Without
 * mistakes the image contains only a title that says so.
 *
 * @param predictions probabilities `[images, classes]` for the whole set
 */
export async function worstMistakes(
  source: LabelledImages,
  predictions: Values,
  options: PredictionGridOptions = {},
): Promise<Picture> {
  const rows = worstRows(source, predictions, options.count ?? 12);
  const title =
    options.title ??
    ['no mistakes', 'the only mistake'][rows.length] ??
    `${rows.length} mistakes, the worst first`;
  return predictionGrid(source, predictions, { top: 3, ...options, title, rows });
}
