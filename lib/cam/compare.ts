import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { progress } from '../notebook';
import { interruptCount, interruptSince } from '../runtime';
import { type Explanation, explainEach } from './explain';
import { type CamMethod, type ExplainOptions, needsLayer } from './options';
import { checkedBaseline } from './scores/baselines';
import { type Faithfulness, type FaithfulnessOptions, faithfulness } from './scores/faithfulness';
import { type Localization, meanLocalization } from './scores/localization';
import { type MapShape, type MaskRanking, meanMapScores } from './scores/map-shape';
import { maxSensitivity, type SensitivityOptions } from './scores/sensitivity';

/** One method at one layer, scored over all images. */
export interface MethodScores extends Localization, MapShape, MaskRanking, Partial<Faithfulness> {
  method: CamMethod;
  /** Path of the layer; `input` for methods that use the image's pixels. */
  layer: string;
  images: number;
  /** Images whose map is empty, and which therefore have no score. */
  empty: number;
  /** Milliseconds per image for the map. */
  milliseconds: number;
  /** Mean max-sensitivity over the images with a map that is not empty, where requested. */
  maxSensitivity?: number;
}

export interface CompareOptions extends Omit<ExplainOptions, 'method' | 'layers'> {
  methods: readonly CamMethod[];
  /** Layers for the methods that use one. Default: the last spatial one. */
  layers?: readonly (string | number)[];
  /** Number of images, from the first, to score for faithfulness too: dozens of forward passes each. Default 0. */
  faithfulImages?: number;
  faithfulness?: FaithfulnessOptions;
  /** Score max-sensitivity too, on `sensitiveImages` images: as many maps of each as there are samples. */
  sensitivity?: SensitivityOptions;
  /** Default 0. */
  sensitiveImages?: number;
  /** Number of images to score, from the first, with their masks and targets. Default: all. */
  count?: number;
  /** Label of a progress bar. Default: no bar. */
  label?: string;
  /** Called after each row, with the number done and the total. */
  onRow?: (row: MethodScores, done: number, total: number) => void;
  /**
   * Called before each layer and each row; if it returns true, the rows so far are returned.
   * Default: whether the user pressed stop since the call.
   */
  shouldStop?: () => boolean;
}

/**
 * The table of methods × layers × scores, the rows of a method together.
 *
 * @param images `[n, height, width, channels]`; the caller's
 * @param masks `[n, height, width]`, 1 on the object to be found
 */
export function compareMethods(
  model: LayersModel,
  images: Tensor4D,
  masks: Uint8Array,
  options: CompareOptions,
): MethodScores[] {
  const { count, ...rest } = options;
  if (count !== undefined && count < images.shape[0]) {
    const first = images.slice([0, 0, 0, 0], [count, -1, -1, -1]);
    const inMask = masks.length / images.shape[0];
    const { targets, regions } = options;
    const targetsOfFirst =
      typeof targets === 'object'
        ? { targets: Array.from<never>(targets as never).slice(0, count) }
        : {};
    const inRegion = (regions?.length ?? 0) / images.shape[0];
    const regionsOfFirst = regions
      ? { regions: Array.prototype.slice.call(regions, 0, count * inRegion) as number[] }
      : {};
    try {
      return compareMethods(model, first, masks.subarray(0, count * inMask), {
        ...rest,
        ...targetsOfFirst,
        ...regionsOfFirst,
      });
    } finally {
      first.dispose();
    }
  }
  const { methods, layers = [undefined], onRow, label } = options;
  const started = interruptCount();
  const shouldStop = options.shouldStop ?? (() => interruptSince(started));
  const scoredImages = Math.min(options.faithfulImages ?? 0, images.shape[0]);
  if (scoredImages > 0) checkedBaseline(options.faithfulness ?? {}, images.shape, scoredImages);
  const atLayers = methods.filter(needsLayer);
  const atInput = methods.filter((method) => !needsLayer(method));
  const total = atLayers.length * layers.length + atInput.length;
  const rows: MethodScores[] = [];
  const bar = label === undefined ? null : progress({ label, total, unit: 'row' });
  // Layer by layer, since methods at the same layer share passes through the network.
  const groups = [
    ...layers.map((layer) => ({ together: atLayers, layer })),
    ...atInput.map((method) => ({ together: [method], layer: undefined })),
  ];
  for (const { together, layer } of groups) {
    if (together.length === 0) continue;
    if (shouldStop()) break;
    const chosen = layer === undefined ? {} : { layers: layer };
    for (const found of explainEach(model, images, together, { ...options, ...chosen })) {
      if (shouldStop()) break;
      const row = scored(model, images, masks, found, options);
      rows.push(row);
      bar?.update(rows.length, { method: row.method, pointing: row.pointing });
      onRow?.(row, rows.length, total);
    }
  }
  bar?.done();
  return rows.sort((a, b) => methods.indexOf(a.method) - methods.indexOf(b.method));
}

function scored(
  model: LayersModel,
  images: Tensor4D,
  masks: Uint8Array,
  found: Explanation,
  options: CompareOptions,
): MethodScores {
  const [count, height, width] = found.shape;
  const row: MethodScores = {
    method: found.method,
    layer: found.layers[0] ?? 'input',
    images: count,
    empty: found.status.filter((status) => status !== 'ok').length,
    milliseconds: found.milliseconds,
    ...meanLocalization(found.maps, masks, count),
    ...meanMapScores(found.maps, masks, count),
    ...sensitivityOf(model, images, found, options),
  };
  const { faithfulImages = 0 } = options;
  const some = Math.min(faithfulImages, count);
  if (some === 0) return row;
  const part = images.slice([0, 0, 0, 0], [some, -1, -1, -1]);
  try {
    const classes = found.logits.length / count;
    const first: Explanation = {
      ...found,
      shape: [some, height, width],
      maps: found.maps.subarray(0, some * height * width),
      classes: found.classes.slice(0, some),
      logits: found.logits.subarray(0, some * classes),
    };
    return { ...row, ...faithfulness(model, part, first, options.faithfulness) };
  } finally {
    part.dispose();
  }
}

function sensitivityOf(
  model: LayersModel,
  images: Tensor4D,
  { method, layers, classes, status }: Explanation,
  { sensitiveImages = 0, sensitivity, ...options }: CompareOptions,
): { maxSensitivity?: number } {
  const some = Math.min(sensitiveImages, images.shape[0]);
  if (some === 0) return {};
  const part = images.slice([0, 0, 0, 0], [some, -1, -1, -1]);
  try {
    const values = maxSensitivity(model, part, {
      ...options,
      ...{ method, targets: classes.slice(0, some), ...(layers.length > 0 ? { layers } : {}) },
      ...(sensitivity ? { sensitivity } : {}),
    }).filter((_, image) => status[image] === 'ok');
    return { maxSensitivity: values.reduce((sum, value) => sum + value, 0) / values.length };
  } finally {
    part.dispose();
  }
}
