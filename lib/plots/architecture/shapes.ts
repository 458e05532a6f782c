import type { Kind, Slice } from './blocks';

export const kindColours: Record<Kind, string> = {
  input: '#8a8f98',
  convolution: '#0072b2',
  pooling: '#d55e00',
  normalisation: '#cc79a7',
  activation: '#e69f00',
  dropout: '#b9bec6',
  reshape: '#56b4e9',
  dense: '#009e73',
  network: '#4456b0',
  other: '#999933',
};

/** Size on the page, in pixels. */
export interface Size {
  /** Along the network: channels, or a thin bar. */
  thick: number;
  /** Upwards: rows of the image, or units. */
  high: number;
  /** How far the back stands to the right and above: columns of the image. */
  deep: { x: number; y: number };
}

export const tallest = 112;

/** Sizes of slices: images by the square root of their side, channels and units by their logarithm. */
export function sizer(slices: readonly Slice[]): (slice: Slice, first: boolean) => Size {
  const sides = slices.filter(({ shape }) => shape.length === 3).map(({ shape }) => shape[0]!);
  const units = slices.filter(({ shape }) => shape.length !== 3).map(({ shape }) => count(shape));
  const side = Math.max(1, ...sides);
  const unit = Math.max(2, ...units);
  return ({ shape, kind }, first) => {
    const [rows = 1, columns = 1, channels = 1] = shape;
    if (shape.length === 3) {
      const high = 14 + (tallest - 14) * Math.sqrt(rows / side);
      const back = 14 + (tallest - 14) * Math.sqrt(columns / side);
      return {
        thick: first ? 3 + 3.4 * Math.log2(1 + channels) : kind === 'pooling' ? 7 : 4,
        high,
        deep: { x: 0.24 * back, y: 0.2 * back },
      };
    }
    const share = Math.log2(1 + count(shape)) / Math.log2(1 + unit);
    return { thick: first ? 11 : 4, high: 10 + (tallest - 10) * share, deep: { x: 6, y: 5 } };
  };
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The three faces of a box that can be seen, as plotly shapes; (x, y) is the middle of its left edge. */
export function box(
  x: number,
  y: number,
  size: Size,
  colours: { face: string; side: string },
): Record<string, unknown>[] {
  const { thick, high, deep } = size;
  const bottom = y - high / 2;
  const top = y + high / 2;
  const right = x + thick;
  const face = (
    points: readonly (readonly [number, number])[],
    light: number,
    colour = colours.face,
  ) => ({
    type: 'path',
    path: `M${points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join('L')}Z`,
    fillcolor: shade(colour, light),
    line: { color: shade(colour, -0.45), width: 0.8 },
  });
  return [
    face(
      [
        [x, top],
        [x + deep.x, top + deep.y],
        [right + deep.x, top + deep.y],
        [right, top],
      ],
      0.35,
    ),
    face(
      [
        [right, bottom],
        [right + deep.x, bottom + deep.y],
        [right + deep.x, top + deep.y],
        [right, top],
      ],
      -0.22,
      colours.side,
    ),
    face(
      [
        [x, bottom],
        [right, bottom],
        [right, top],
        [x, top],
      ],
      0,
    ),
  ];
}

/** A colour made lighter (up to 1, white) or darker (down to -1, black). */
function shade(colour: string, light: number): string {
  const goal = light > 0 ? 255 : 0;
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${channels.map((c) => Math.round(c + (goal - c) * Math.abs(light))).join(',')})`;
}
