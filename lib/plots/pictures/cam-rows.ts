import { type ColourMapName, mapColour } from '../colour-maps';
import { type HeatMap, type HeatMaps, heatMapOf } from '../heat-maps';
import { percent, probabilitiesOf, ranked } from '../predictions';
import { inkOf, meaning } from '../theme';
import type { LabelledImages, Numbers, Picture, Theme, Values } from '../types';
import { Canvas, type Colour, colourOf } from './canvas';
import { colourBar } from './colour-bar';
import { fitText, glyphHeight, wrapText } from './font';
import { hatch } from './hatch';
import { defaultScale, pictureCell, pixelsOf, rowsToShow } from './images';

export interface CamRowsOptions {
  /** Which images. Default the first `count`. */
  rows?: Numbers;
  /** How many images, when `rows` is not given. Default 6. */
  count?: number;
  /** Probabilities `[images, classes]` for the whole set: then the prediction is shown beside the true class. */
  predictions?: Values;
  /** Screen pixels for a pixel of the images. Default: 128 pixels per image, 1 where many columns need the space. */
  scale?: number;
  /** Opacity of the heat map, 0 to 1. Default 0.6. */
  opacity?: number;
  /** Default `inferno`. */
  colourMap?: ColourMapName;
  /** Values of the lowest and the highest colour. Default: minimum and maximum of each map. */
  range?: readonly [number, number];
  /** A short line below a map, such as a score. Default none. */
  note?: (column: string, row: number) => string;
  /** Above the rows. Default none. */
  title?: string;
  theme?: Theme;
}

const gap = 8;
const edge = 4;
const widest = 880;

/**
 * A row for each image: the image with its true and predicted class, then its heat maps overlaid on
 * it, one column each, and the colour scale below. A map that is constant or contains NaN is
 * hatched and labelled.
 *
 * @param maps by the column's heading, such as `Grad-CAM conv3`: `[images, height, width]` for the
 *   whole set, or what `explain` returned; smaller maps are interpolated
 * @throws GradbookError `bad-shape` or `row-out-of-range`
 *
 * @example
 * display(await camRows(subset(sets.test, [0, 1, 2]), { 'Grad-CAM': explanation }));
 */
export async function camRows(
  source: LabelledImages,
  maps: Readonly<Record<string, HeatMaps>>,
  options: CamRowsOptions = {},
): Promise<Picture> {
  const rows = rowsToShow(source, options.rows, options.count ?? 6);
  const columns = Object.keys(maps);
  const fits = Math.floor((widest - 2 * edge) / (columns.length + 1)) - gap;
  const fitting = Math.max(1, Math.floor(fits / source.width));
  const scale = options.scale ?? Math.min(defaultScale(source), fitting);
  const cell = { width: source.width * scale, height: source.height * scale };
  const heads = columns.map((column) => wrapText(column, cell.width));
  const headHeight = glyphHeight * Math.max(1, ...heads.map((lines) => lines.length)) + 3;
  const captions = rows.map((row) => labels(source, row, options));
  const lines = Math.max(...captions.map((caption) => caption.length), 0);
  const pitch = cell.height + 2 + lines * glyphHeight + gap;
  const head = edge + (options.title ? glyphHeight + 8 : 0);
  const top = head + headHeight;
  const ink = inkOf(options.theme);
  const text = colourOf(ink.text);
  const canvas = new Canvas(
    Math.max(edge * 2 + (columns.length + 1) * (cell.width + gap) - gap, 400),
    top + rows.length * pitch + glyphHeight + edge,
    ink.background,
  );
  const left = (column: number) => edge + column * (cell.width + gap);
  const write = (column: number, y: number, words: string, colour = text) =>
    canvas.text(left(column), y, fitText(words, cell.width + gap - 2), colour);
  if (options.title) canvas.text(edge, edge, fitText(options.title, canvas.width - 8), text);
  heads.forEach((words, column) => {
    words.forEach((line, i) => {
      write(column + 1, head + i * glyphHeight, line);
    });
  });
  let unusable = 0;
  rows.forEach((row, place) => {
    const y = top + place * pitch;
    const below = y + cell.height + 2;
    pictureCell(source, row, scale).draw(canvas, left(0), y);
    captions[place]!.forEach(({ words, colour }, i) => {
      write(0, below + i * glyphHeight, words, colour ?? text);
    });
    columns.forEach((column, i) => {
      const heat = heatMapOf(maps[column]!, row, source, options.range);
      if (heat.kind !== 'map') unusable++;
      drawHeat(canvas, { x: left(i + 1), y, scale }, { source, row, heat, options });
      write(i + 1, below, options.note?.(column, row) ?? '');
    });
  });
  colourBar(canvas, edge, top + rows.length * pitch, {
    map: options.colourMap ?? 'inferno',
    ends: options.range
      ? [String(options.range[0]), String(options.range[1])]
      : ['minimum of each map', 'greatest'],
    width: 160,
    text,
  });
  const bad = unusable ? `; ${unusable} maps are flat or not numbers` : '';
  const alt = `${options.title ?? 'heat maps'}: ${rows.length} images with ${columns.join(', ')}${bad}`;
  return canvas.toPicture(alt);
}

function labels(
  source: LabelledImages,
  row: number,
  options: CamRowsOptions,
): { words: string; colour?: Colour }[] {
  const name = (index: number) => source.classNames[index] ?? `class ${index}`;
  const truth = source.primary[row]!;
  const lines: { words: string; colour?: Colour }[] = [];
  const caption = source.names?.[row];
  if (caption) lines.push({ words: caption });
  lines.push({ words: `is ${name(truth)}` });
  if (options.predictions) {
    const probabilities = probabilitiesOf(options.predictions, row, source.classNames.length);
    const guess = ranked(probabilities)[0]!;
    const right = guess === truth;
    lines.push({
      words: `${right ? '✓' : '✗'} ${name(guess)} ${percent(probabilities[guess]!)}`,
      colour: colourOf(right ? meaning.good : meaning.bad),
    });
  }
  return lines;
}

function drawHeat(
  canvas: Canvas,
  place: { x: number; y: number; scale: number },
  what: { source: LabelledImages; row: number; heat: HeatMap; options: CamRowsOptions },
): void {
  const { source, heat, options } = what;
  const { x, y, scale } = place;
  const size = { width: source.width, height: source.height, scale };
  if (heat.kind !== 'map') {
    const faint = colourOf(inkOf(options.theme).faint);
    hatch(canvas, x, y, size.width * scale, size.height * scale, faint);
    const words =
      heat.kind === 'none'
        ? heat.why.replace('-', ' ')
        : `flat: ${Number(heat.value.toPrecision(3))}`;
    const lines = wrapText(words, size.width * scale - 8);
    const middle = y + Math.round((size.height * scale - lines.length * glyphHeight) / 2);
    const tall = lines.length * glyphHeight + 4;
    canvas.fill(x + 4, middle - 2, size.width * scale - 8, tall, [110, 110, 110]);
    lines.forEach((line, i) => {
      const centre = x + Math.round((size.width * scale) / 2);
      canvas.text(centre, middle + i * glyphHeight, line, [255, 255, 255], 'centre');
    });
    return;
  }
  const pixels = pixelsOf(source, what.row);
  const share = options.opacity ?? 0.6;
  canvas.blocks(x, y, size, (column, line) => {
    const [r, g, b] = pixels(column, line);
    const grey = 0.299 * r + 0.587 * g + 0.114 * b;
    const colour = mapColour(options.colourMap ?? 'inferno', heat.at(column, line));
    return colour.map((c) => c * share + grey * (1 - share)) as unknown as Colour;
  });
}
