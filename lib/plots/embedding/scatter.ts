import { GradbookError } from '../../runtime';
import { classColour, classSymbol } from '../class-colours';
import { plainText } from '../plain-text';
import { figureOf, themedAxis, themedLayout, withTopLegend } from '../theme';
import type { Figure, FigureOptions, Numbers, Values } from '../types';

/** The examples: an `ImageSet`, for instance. */
export interface EmbeddedSet {
  /** Class of each example. */
  primary: Numbers;
  classNames: readonly string[];
  /** Name of each image, shown on hover. */
  names?: readonly string[];
}

export interface EmbeddingOptions extends FigureOptions {
  /** Predicted class of each example: wrong ones get a ring. Default none. */
  predicted?: Numbers;
  /** Small images by row, as data addresses, drawn in place of their points: see `sprites`. */
  sprites?: ReadonlyMap<number, string>;
  /** Their side as a fraction of the figure's width. Default 0.055. */
  spriteSize?: number;
  /** Explained variance ratios, for the axes, as `pca` gives it. */
  explained?: readonly number[];
}

/**
 * A 2-D scatter plot of image features, with a colour and a marker for each class and some of the
 * images.
 *
 * @param points `[examples, 2]`, by `pca` or `umap`
 * @throws GradbookError `bad-shape` when there are not two numbers and a class for each example
 *
 * @example
 * const points = pca(probabilities);
 * const drawn = await sprites(sets.test, spreadRows(points, 40));
 * show(embeddingScatter(points, sets.test, { explained: points.explained, sprites: drawn }));
 */
export function embeddingScatter(
  points: Values,
  set: EmbeddedSet,
  options: EmbeddingOptions = {},
): Figure {
  const [rows = 0, columns = 0] = points.shape;
  if (columns !== 2 || set.primary.length !== rows) {
    throw new GradbookError(
      `points of shape [${points.shape.join(', ')}] with ${set.primary.length} classes: give [examples, 2] and a class for each`,
      'bad-shape',
    );
  }
  const present = set.classNames
    .map((name, index) => ({ name, index }))
    .filter(({ index }) => Array.from(set.primary).includes(index));
  const round = (value: number) => Number(value.toPrecision(5));
  const x = (row: number) => round(points.values[row * 2]!);
  const y = (row: number) => round(points.values[row * 2 + 1]!);
  const data = present.map(({ name, index }) => {
    const own = Array.from({ length: rows }, (_, row) => row).filter(
      (r) => set.primary[r] === index,
    );
    const wrong = own.map(
      (row) => options.predicted !== undefined && options.predicted[row] !== index,
    );
    return {
      type: 'scatter',
      mode: 'markers',
      name: plainText(name),
      x: own.map(x),
      y: own.map(y),
      text: own.map((row, i) =>
        plainText(describe(set, row, wrong[i]! ? options.predicted![row]! : null)),
      ),
      marker: {
        color: classColour(set.classNames, index),
        symbol: classSymbol(index),
        size: 7,
        opacity: 0.85,
        line: { color: '#d55e00', width: wrong.map((bad) => (bad ? 2 : 0)) },
      },
      hovertemplate: '%{text}<extra></extra>',
    };
  });
  const all = Array.from({ length: rows }, (_, row) => row);
  const spanX = span(all.map(x));
  const spanY = span(all.map(y));
  const part = options.spriteSize ?? 0.055;
  const width = options.width ?? 840;
  const height = options.height ?? 620;
  const images = [...(options.sprites ?? [])].map(([row, source]) => ({
    source,
    xref: 'x',
    yref: 'y',
    x: x(row),
    y: y(row),
    sizex: part * spanX.size,
    sizey: part * spanY.size * (width / height),
    xanchor: 'center',
    yanchor: 'middle',
    layer: 'above',
    opacity: 0.95,
  }));
  const axis = (name: string, of: { low: number; high: number }, which: number) => {
    const share = options.explained?.[which];
    const title =
      share === undefined
        ? name
        : `component ${which + 1}: ${(share * 100).toFixed(0)} % of the variance`;
    return themedAxis(options, title, {
      range: [of.low, of.high],
      showticklabels: false,
      showgrid: share !== undefined,
    });
  };
  const layout = themedLayout(
    options,
    { title: 'Images by their features', height: 620 },
    {
      hovermode: 'closest',
      xaxis: axis('', spanX, 0),
      yaxis: axis('', spanY, 1),
      images,
    },
  );
  const names = present.map(({ name }) => name);
  return figureOf(
    data,
    withTopLegend(layout, names, options),
    `scatter of ${rows} images by their features, ${present.length} classes: ${names.join(', ')}`,
  );
}

function describe(set: EmbeddedSet, row: number, taken: number | null): string {
  const name = set.names?.[row];
  const wrong = taken === null ? '' : `, predicted ${set.classNames[taken] ?? '?'}`;
  return `${name ? `${name}, ` : ''}${set.classNames[set.primary[row]!]}${wrong} (row ${row})`;
}

function span(values: readonly number[]): { low: number; high: number; size: number } {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const slack = 0.05 * (high - low || 1);
  return { low: low - slack, high: high + slack, size: high - low + 2 * slack };
}
