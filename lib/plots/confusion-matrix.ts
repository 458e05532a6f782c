import { GradbookError } from '../runtime';
import { cellLabels } from './cell-labels';
import { cellScale } from './colour-scales';
import { plainText } from './plain-text';
import { figureOf, themedAxis, themedLayout } from './theme';
import type { Figure, FigureOptions, Numbers } from './types';

export interface ConfusionMatrixOptions extends FigureOptions {
  /** Names of the classes. Default their numbers. */
  classNames?: readonly string[];
}

/**
 * A confusion matrix: rows are the true classes, columns the predicted ones. The colour is the
 * fraction of the row, the numbers in a cell are counts; the percentage is below them and on hover.
 *
 * @param counts `counts[true][predicted]`, square; `confusionOf` counts them
 * @throws GradbookError `bad-shape` when the matrix is not square
 */
export function confusionMatrix(
  counts: readonly Numbers[],
  options: ConfusionMatrixOptions = {},
): Figure {
  const classes = counts.length;
  const matrix = counts.map((row) => Array.from(row));
  if (!classes || matrix.some((row) => row.length !== classes)) {
    throw new GradbookError(
      `a confusion matrix with ${classes} rows of ${matrix.map((row) => row.length).join(', ')} values: give as many columns as rows`,
      'bad-shape',
    );
  }
  const names = matrix.map((_, index) => plainText(options.classNames?.[index] ?? String(index)));
  const sums = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const shares = matrix.map((row, i) => row.map((count) => (count ? count / sums[i]! : null)));
  const total = sums.reduce((sum, count) => sum + count, 0);
  const right = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
  const scale = cellScale(options);
  const small = classes > 12;
  const trace = {
    type: 'heatmap',
    x: names,
    y: names,
    z: shares,
    zmin: 0,
    zmax: 1,
    xgap: 2,
    ygap: 2,
    colorscale: scale.colours,
    colorbar: {
      title: { text: 'share of row', side: 'right' },
      tickformat: '.0%',
      thickness: 12,
      outlinewidth: 0,
    },
    customdata: matrix,
    hovertemplate: 'true %{y}<br>predicted %{x}<br>%{customdata} images, %{z:.3~p}<extra></extra>',
  };
  const labels = cellLabels(
    {
      x: names,
      y: names,
      text: matrix.map((row, i) => row.map((count, j) => cellText(count, shares[i]![j]!, small))),
    },
    (i, j) => scale.textOn(shares[i]![j]!),
    small ? 9 : 11,
  );
  const side = Math.max(420, Math.min(760, classes * 52 + 120));
  const layout = themedLayout(
    { width: Math.min(860, side + 120), ...options },
    { title: 'Confusion matrix', height: side },
    {
      xaxis: themedAxis(options, 'predicted', { showgrid: false, type: 'category' }),
      yaxis: themedAxis(options, 'true', {
        showgrid: false,
        type: 'category',
        autorange: 'reversed',
      }),
    },
  );
  const percent = total ? ((100 * right) / total).toFixed(1) : '0';
  return figureOf(
    [trace, labels],
    layout,
    `confusion matrix of ${classes} classes: ${right} of ${total} right (${percent} %)`,
  );
}

function cellText(count: number, share: number | null, small: boolean): string {
  if (share === null) return '';
  return small
    ? String(count)
    : `${count}<br>${share < 0.005 ? '&lt;1' : Math.round(share * 100)}%`;
}

/**
 * Counts predictions of each class for each true class: `counts[true][predicted]`.
 *
 * @throws GradbookError `bad-shape` when the lists differ in length, `class-out-of-range`
 */
export function confusionOf(truth: Numbers, predicted: Numbers, classes: number): number[][] {
  if (truth.length !== predicted.length) {
    throw new GradbookError(
      `${truth.length} true classes and ${predicted.length} predicted ones: give as many of each`,
      'bad-shape',
    );
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const row = counts[truth[i]!];
    if (row?.[predicted[i]!] === undefined) {
      throw new GradbookError(
        `class ${truth[i]} predicted as class ${predicted[i]}, with ${classes} classes: give indices below ${classes}`,
        'class-out-of-range',
      );
    }
    row[predicted[i]!]!++;
  }
  return counts;
}
