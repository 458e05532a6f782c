import { probabilitiesOf } from '../predictions';
import type { LabelledImages, Picture, Values } from '../types';
import { imageCount } from './images';
import { type PredictionGridOptions, predictionGrid } from './prediction-grid';

/** Rows whose true class got the lowest probability, wrong ones only, the worst first. */
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
 * The wrong predictions that gave the true class the least, the worst first. Without any mistake
 * the picture holds its title only, which then says so.
 *
 * @param predictions probabilities `[pictures, classes]` for the whole set
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
