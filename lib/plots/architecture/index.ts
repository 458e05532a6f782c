import { GradbookError } from '../../runtime';
import { plainText } from '../plain-text';
import { figureOf, inkOf, themedLayout, withTopLegend } from '../theme';
import type { Figure, FigureOptions } from '../types';
import { type ArchitectureLayer, type Block, blockLabel, blocksOf, type Kind } from './blocks';
import { box, kindColours, type Size, sizer, tallest } from './shapes';

export type { ArchitectureLayer } from './blocks';

export interface ArchitectureOptions extends FigureOptions {
  /** Shape of the input without the batch, such as `[64, 64, 3]`, drawn first. Default: not drawn. */
  input?: readonly number[];
}

const gap = 16;
const narrowest = 66;
const lineHeight = 14;
const rowHeight = tallest + 30 + 4 * lineHeight + 22;

interface Placed {
  block: Block;
  sizes: Size[];
  /** Left end of the first slice, and width in the row. */
  x: number;
  width: number;
  row: number;
}

/**
 * A network drawn as blocks from left to right, in as many rows as needed: images as boxes whose
 * face is their height and depth their width, as thick as they have channels; vectors as bars. Small
 * layers (pooling, normalisation, activation, dropout) are slices of the block they follow.
 *
 * @param layers as `summarize(model).rows` lists them
 * @throws GradbookError `no-layers`, or `bad-shape` for an output shape that cannot be read
 *
 * @example
 * show(architecture(summarize(model).rows, { input: [64, 64, 3] }));
 */
export function architecture(
  layers: readonly ArchitectureLayer[],
  options: ArchitectureOptions = {},
): Figure {
  if (!layers.length) throw new GradbookError('no layers to draw: give at least one', 'no-layers');
  const input = options.input && {
    name: 'input',
    className: 'InputLayer',
    outputShape: [null, ...options.input],
    params: 0,
  };
  const blocks = blocksOf(input ? [input, ...layers] : layers);
  const width = options.width ?? 860;
  const placed = place(blocks, width - 24);
  const rows = placed[placed.length - 1]!.row + 1;
  const height = rows * rowHeight;
  const middle = (row: number) => height - row * rowHeight - 34 - tallest / 2;
  const kinds = [...new Set(blocks.flatMap(({ slices }) => slices.map(({ kind }) => kind)))];
  const total = layers.reduce((sum, { params }) => sum + params, 0);
  const params = total.toLocaleString('en-US');
  const layout = themedLayout(
    { ...options, width },
    { title: `${layers.length} layers, ${params} parameters`, height: height + 56 },
    {
      margin: { l: 12, r: 12, t: 56, b: 0 },
      hovermode: 'closest',
      xaxis: { visible: false, range: [0, width - 24], fixedrange: true },
      yaxis: { visible: false, range: [0, height], fixedrange: true },
      shapes: [
        ...arrows(placed, middle, options),
        ...placed.flatMap((item) => boxes(item, middle)),
      ],
      annotations: placed.flatMap((item) => labels(item, middle)),
    },
  );
  const chain = blocks.map((block) => blockLabel(block).slice(0, 2).join(' ')).join(', ');
  return figureOf(
    [...kinds.map(legendEntry), hover(placed, middle)],
    withTopLegend(layout, kinds, options),
    `network of ${layers.length} layers with ${params} parameters: ${chain.replace(/<\/?b>/g, '')}`,
  );
}

function place(blocks: readonly Block[], room: number): Placed[] {
  const sizeOf = sizer(blocks.flatMap(({ slices }) => slices));
  let x = 4;
  let row = 0;
  return blocks.map((block) => {
    const sizes = block.slices.map((slice, i) => sizeOf(slice, i === 0));
    const drawn = sizes.reduce((sum, { thick }) => sum + thick, 0) + sizes[0]!.deep.x;
    const width = Math.max(drawn, narrowest);
    if (x + width > room && x > 4) {
      x = 4;
      row++;
    }
    const found = { block, sizes, x: x + (width - drawn) / 2, width, row };
    x += width + gap;
    return found;
  });
}

function boxes(item: Placed, middle: (row: number) => number): Record<string, unknown>[] {
  let x = item.x;
  return item.sizes.flatMap((size, i) => {
    const { kind } = item.block.slices[i]!;
    const face = kindColours[kind];
    // The side shows the last slice only, so it takes the block's colour; pooling is a separate box.
    const side = kind === 'pooling' ? face : kindColours[item.block.slices[0]!.kind];
    const drawn = box(x, middle(item.row), size, { face, side });
    x += size.thick;
    return drawn;
  });
}

/** Horizontal centre of a block. */
function centre({ x, sizes }: Placed): number {
  return x + (sizes.reduce((sum, { thick }) => sum + thick, 0) + sizes[0]!.deep.x) / 2;
}

function labels(item: Placed, middle: (row: number) => number): Record<string, unknown>[] {
  return blockLabel(item.block).map((text, i) => ({
    x: centre(item),
    y: middle(item.row) - tallest / 2 - 12 - i * lineHeight,
    text,
    showarrow: false,
    font: { size: 10 },
  }));
}

function arrows(
  placed: readonly Placed[],
  middle: (row: number) => number,
  options: FigureOptions,
): Record<string, unknown>[] {
  const { faint } = inkOf(options.theme);
  const line = { color: faint, width: 1.5 };
  return placed.slice(1).flatMap((item, i) => {
    const before = placed[i]!;
    const y = middle(item.row);
    if (before.row !== item.row) return [];
    const from = before.x + before.sizes.reduce((sum, { thick }) => sum + thick, 0) + 2;
    return [
      { type: 'line', x0: from, x1: item.x - 2, y0: y, y1: y, line, layer: 'below' },
      {
        type: 'path',
        path: `M${item.x - 7},${y - 3}L${item.x - 2},${y}L${item.x - 7},${y + 3}`,
        line,
        layer: 'below',
      },
    ];
  });
}

function legendEntry(kind: Kind): Record<string, unknown> {
  return {
    type: 'scatter',
    mode: 'markers',
    name: kind,
    x: [null],
    y: [null],
    marker: { symbol: 'square', size: 11, color: kindColours[kind] },
    hoverinfo: 'skip',
  };
}

/** Invisible points over the slices that name their layers. */
function hover(
  placed: readonly Placed[],
  middle: (row: number) => number,
): Record<string, unknown> {
  const points = placed.flatMap((item) => {
    let x = item.x;
    return item.block.slices.map(({ layer, shape }, i) => {
      x += item.sizes[i]!.thick;
      const text = `${plainText(`${layer.name} (${layer.className})`)}<br>${shape.join('×')}, ${layer.params.toLocaleString('en-US')} parameters`;
      return { x: x - item.sizes[i]!.thick / 2, y: middle(item.row), text };
    });
  });
  return {
    type: 'scatter',
    mode: 'markers',
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    text: points.map(({ text }) => text),
    marker: { size: 18, opacity: 0 },
    hovertemplate: '%{text}<extra></extra>',
    showlegend: false,
  };
}
