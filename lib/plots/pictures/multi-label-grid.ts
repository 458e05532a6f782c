import { classColour } from '../class-colours';
import { percent, probabilitiesOf } from '../predictions';
import { inkOf, meaning } from '../theme';
import type { LabelledImages, Numbers, Picture, Values } from '../types';
import { type Canvas, colourOf } from './canvas';
import { glyphHeight } from './font';
import { type Cell, drawGrid, type GridOptions } from './grid';
import { defaultScale, pictureCell, rowsToShow } from './images';

export interface MultiLabelGridOptions extends GridOptions {
  /** Which images. Default the first `count`. */
  rows?: Numbers;
  /** How many images, when `rows` is not given. Default 6. */
  count?: number;
  /** Probability from which a class counts as predicted. Default 0.5. */
  threshold?: number;
}

const nameWidth = 62;
const barWidth = 90;
const markWidth = 58;

/**
 * Images with a bar for each class's probability. True classes have a dot before their name; after
 * the bar is the result: ✓ correct, ✗ missed or wrongly predicted. A dashed line marks the
 * threshold.
 *
 * @param predictions probabilities `[images, classes]` for the whole set
 * @throws GradbookError `bad-shape` or `row-out-of-range`
 */
export async function multiLabelGrid(
  source: LabelledImages,
  predictions: Values,
  options: MultiLabelGridOptions = {},
): Promise<Picture> {
  const rows = rowsToShow(source, options.rows, options.count ?? 6);
  const scale = options.scale ?? defaultScale(source);
  const picture = { width: source.width * scale, height: source.height * scale };
  const classes = source.classNames.length;
  let exact = 0;
  const cells = rows.map((row): Cell => {
    const probabilities = probabilitiesOf(predictions, row, classes);
    const entries = probabilities.map((probability, index) => {
      const truth = source.primary[row] === index || source.secondary?.[row] === index;
      const given = probability >= (options.threshold ?? 0.5);
      return { probability, index, truth, given };
    });
    const right = entries.every(({ truth, given }) => truth === given);
    if (right) exact++;
    return {
      draw: (canvas, x, y) => {
        pictureCell(source, row, scale).draw(canvas, x, y);
        drawBars(canvas, x + picture.width + 10, y, source.classNames, entries, options);
      },
      lines: [
        {
          text: `${right ? '✓ all types right' : '✗ not all types right'}${source.names?.[row] ? `: ${source.names[row]}` : ''}`,
          colour: right ? meaning.good : meaning.bad,
        },
      ],
    };
  });
  const size = {
    width: picture.width + 10 + nameWidth + barWidth + markWidth,
    height: Math.max(picture.height, classes * glyphHeight),
  };
  const alt = `${options.title ?? 'multi-label predictions'}: ${rows.length} images, all classes right for ${exact}`;
  return drawGrid(cells, size, options, alt);
}

interface Entry {
  probability: number;
  index: number;
  truth: boolean;
  given: boolean;
}

function drawBars(
  canvas: Canvas,
  x: number,
  y: number,
  classNames: readonly string[],
  entries: readonly Entry[],
  options: MultiLabelGridOptions,
): void {
  const ink = inkOf(options.theme);
  const text = colourOf(ink.text);
  const bar = x + nameWidth;
  for (const { probability, index, truth, given } of entries) {
    const top = y + index * glyphHeight;
    const name = `${truth ? '●' : ' '}${[...classNames[index]!].slice(0, 9).join('')}`;
    canvas.text(x, top, name, text);
    const length = Number.isFinite(probability) ? Math.round(probability * barWidth) : 0;
    canvas.fill(bar, top + 2, barWidth, glyphHeight - 4, colourOf(ink.faint), 0.25);
    canvas.fill(bar, top + 2, length, glyphHeight - 4, colourOf(classColour(classNames, index)));
    const mark = truth && given ? '✓' : truth !== given ? '✗' : '';
    const colour = colourOf(mark === '✓' ? meaning.good : mark ? meaning.bad : ink.text);
    canvas.text(
      bar + barWidth + 4,
      top,
      `${percent(probability).replace(' ', '').padStart(6)} ${mark}`,
      colour,
    );
  }
  const line = bar + Math.round((options.threshold ?? 0.5) * barWidth);
  for (let i = 0; i < entries.length * glyphHeight; i += 4) canvas.fill(line, y + i, 1, 2, text);
}
