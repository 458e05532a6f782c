import { percent, probabilitiesOf, ranked } from '../predictions';
import { meaning } from '../theme';
import type { LabelledImages, Numbers, Picture, Values } from '../types';
import { type Cell, drawGrid, type GridOptions } from './grid';
import { classesOf, defaultScale, pictureCell, rowsToShow } from './images';

export interface PredictionGridOptions extends GridOptions {
  /** Which images. Default the first `count`. */
  rows?: Numbers;
  /** How many images, when `rows` is not given. Default 12. */
  count?: number;
  /** Number of most probable classes to list. Default 2. */
  top?: number;
}

/**
 * Images with their true class and the most probable ones. A correct prediction has a tick and a
 * solid green frame, a wrong one a cross and a dashed vermilion frame.
 *
 * @param source the whole set, such as the test set
 * @param predictions probabilities `[images, classes]` for the whole set, as `predict` gives them
 * @throws GradbookError `bad-shape` or `row-out-of-range`
 *
 * @example
 * display(await predictionGrid(sets.test, probabilities));
 */
export async function predictionGrid(
  source: LabelledImages,
  predictions: Values,
  options: PredictionGridOptions = {},
): Promise<Picture> {
  const rows = rowsToShow(source, options.rows, options.count ?? 12);
  const scale = options.scale ?? defaultScale(source);
  let right = 0;
  const cells = rows.map((row) => {
    const cell = predictionCell(source, predictions, row, { scale, top: options.top ?? 2 });
    if (cell.right) right++;
    return cell;
  });
  const size = { width: source.width * scale, height: source.height * scale };
  const alt = `${options.title ?? 'predictions'}: ${rows.length} images, ${right} right and ${rows.length - right} wrong`;
  return drawGrid(cells, size, options, alt);
}

function predictionCell(
  source: LabelledImages,
  predictions: Values,
  row: number,
  options: { scale: number; top: number },
): Cell & { right: boolean } {
  const probabilities = probabilitiesOf(predictions, row, source.classNames.length);
  const order = ranked(probabilities).slice(0, options.top);
  const right = order[0] === source.primary[row];
  const colour = right ? meaning.good : meaning.bad;
  const guesses = order.map((index, place) => ({
    text: `${place ? ' ' : right ? '✓' : '✗'} ${source.classNames[index]} ${percent(probabilities[index]!)}`,
    ...(place ? {} : { colour }),
  }));
  return {
    ...pictureCell(source, row, options.scale),
    lines: [`is ${classesOf(source, row)}`, ...guesses],
    frame: { colour, dash: right ? 0 : 6 },
    right,
  };
}
