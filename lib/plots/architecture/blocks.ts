import { GradbookError } from '../../runtime';
import { plainText } from '../plain-text';

/** A layer as `summarize` lists it. */
export interface ArchitectureLayer {
  name: string;
  /** Keras's class name, such as `Conv2D`. */
  className: string;
  /** Such as `(None, 64, 64, 32)` or `[null, 64, 64, 32]`; the first is the batch. */
  outputShape: string | readonly (number | null)[];
  /** Number of parameters. */
  params: number;
}

export type Kind =
  | 'input'
  | 'convolution'
  | 'pooling'
  | 'normalisation'
  | 'activation'
  | 'dropout'
  | 'reshape'
  | 'dense'
  | 'network'
  | 'other';

/** A slice of a block: one layer. */
export interface Slice {
  layer: ArchitectureLayer;
  kind: Kind;
  /** Without the batch: `[height, width, channels]` or `[units]`. */
  shape: number[];
}

/** A main layer with the small ones that follow it. */
export interface Block {
  slices: Slice[];
}

const kinds: [RegExp, Kind][] = [
  [/^Input/, 'input'],
  [/Conv/, 'convolution'],
  [/Global|Flatten|Reshape|Permute/, 'reshape'],
  [/Pool/, 'pooling'],
  [/Norm/, 'normalisation'],
  [/ReLU|Activation|Softmax|ELU|Sigmoid/, 'activation'],
  [/Dropout|Noise/, 'dropout'],
  [/Dense/, 'dense'],
  [/Functional|Sequential|Model/, 'network'],
];

const small: readonly Kind[] = ['pooling', 'normalisation', 'activation', 'dropout', 'other'];

/** Groups a network's layers: each main layer starts a block, small ones are added to the block before. */
export function blocksOf(layers: readonly ArchitectureLayer[]): Block[] {
  const blocks: Block[] = [];
  for (const layer of layers) {
    const kind = kinds.find(([pattern]) => pattern.test(layer.className))?.[1] ?? 'other';
    const slice = { layer, kind, shape: shapeOf(layer) };
    const last = blocks[blocks.length - 1];
    if (last && small.includes(kind)) last.slices.push(slice);
    else blocks.push({ slices: [slice] });
  }
  return blocks;
}

function shapeOf({ name, outputShape }: ArchitectureLayer): number[] {
  const sides =
    typeof outputShape === 'string'
      ? outputShape
          .replace(/[()[\]\s]/g, '')
          .split(',')
          .filter(Boolean)
          .map((side) => (/^\d+$/.test(side) ? Number(side) : null))
      : [...outputShape];
  const shape = sides.slice(1).map((side) => side ?? 1);
  if (!shape.length) {
    throw new GradbookError(
      `layer ${name} has the output shape ${String(outputShape)}: give (None, height, width, channels) or (None, units)`,
      'bad-shape',
    );
  }
  return shape;
}

/** The lines below a block: its type, its shape, its shape after pooling, its parameters. */
export function blockLabel({ slices }: Block): string[] {
  const [main] = slices;
  const { kind, shape, layer } = main!;
  const words: Partial<Record<Kind, string>> = {
    convolution: /Depthwise/.test(layer.className)
      ? 'depthwise'
      : /Transpose/.test(layer.className)
        ? 'conv up'
        : 'conv',
    reshape: /Global/.test(layer.className) ? 'mean' : 'flatten',
    network: layer.name.length > 12 ? 'network' : layer.name,
  };
  const params = slices.reduce((sum, slice) => sum + slice.layer.params, 0);
  const end = slices[slices.length - 1]!.shape;
  const changed = end.join() !== shape.join();
  return [
    `<b>${plainText(words[kind] ?? kind)}</b>`,
    shape.map((side) => side.toLocaleString('en-US')).join('×'),
    ...(changed ? [`→ ${end.join('×')}`] : []),
    ...(params ? [`${compact(params)} par.`] : []),
  ];
}

function compact(count: number): string {
  if (count < 1000) return String(count);
  return count < 1e6 ? `${(count / 1e3).toPrecision(3)}k` : `${(count / 1e6).toPrecision(3)}M`;
}
