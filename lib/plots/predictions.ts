import { GradbookError } from '../runtime';
import type { Values } from './types';

/** The probabilities of one row, checked against the number of classes. */
export function probabilitiesOf(predictions: Values, row: number, classes: number): number[] {
  const [rows = 0, columns = 0] = predictions.shape;
  if (predictions.shape.length !== 2 || columns !== classes) {
    throw new GradbookError(
      `predictions of shape [${predictions.shape.join(', ')}] for ${classes} classes: give [images, ${classes}]`,
      'bad-shape',
    );
  }
  if (row < 0 || row >= rows) {
    throw new GradbookError(
      `row ${row} of ${rows} predictions: give predictions for all images of the set, not only for those shown`,
      'row-out-of-range',
    );
  }
  return Array.from({ length: columns }, (_, c) => predictions.values[row * columns + c]!);
}

/** Indices of the classes from the most to the least probable; NaN comes last, the order of ties is kept. */
export function ranked(probabilities: readonly number[]): number[] {
  const height = (p: number) => (Number.isNaN(p) ? Number.NEGATIVE_INFINITY : p);
  return probabilities
    .map((p, index) => ({ p: height(p), index }))
    .sort((a, b) => b.p - a.p || a.index - b.index)
    .map(({ index }) => index);
}

/** A probability for a caption: `99.5 %`, `<0.1 %`, and `n/a` where there is none. */
export function percent(probability: number): string {
  if (!Number.isFinite(probability)) return 'n/a';
  if (probability > 0 && probability < 0.0005) return '<0.1 %';
  return `${(probability * 100).toFixed(1)} %`;
}
