import type { LayersModel, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { explain } from './explain';
import { type CamMethod, type ExplainOptions, needsLayer } from './options';
import { type Faithfulness, type FaithfulnessOptions, faithfulness } from './scores/faithfulness';
import { type Localization, meanLocalization } from './scores/localization';

/** One method at one layer, scored over all images. */
export interface MethodScores extends Localization, Partial<Faithfulness> {
  method: CamMethod;
  /** Path of the layer; `input` for methods that look at the picture's pixels. */
  layer: string;
  images: number;
  /** Images whose map shows nothing, and so scores nothing. */
  empty: number;
  /** Milliseconds an image, the map alone. */
  milliseconds: number;
}

export interface CompareOptions extends Omit<ExplainOptions, 'method' | 'layers'> {
  methods: readonly CamMethod[];
  /** Layers for the methods that look at one. Default: the last spatial one. */
  layers?: readonly (string | number)[];
  /** Score faithfulness too, on the first so many images: it costs dozens of forward passes each. Default 0. */
  faithfulImages?: number;
  faithfulness?: FaithfulnessOptions;
  /** Told after each row, with the number done and the number in all. */
  onRow?: (row: MethodScores, done: number, total: number) => void;
  /** Asked before each row; when it says true, what there is so far is returned. */
  shouldStop?: () => boolean;
}

/**
 * The table of methods × layers × scores.
 *
 * @param images `[n, height, width, channels]`; the caller's
 * @param masks `[n, height, width]`, 1 where the thing to be found is
 */
export function compareMethods(
  model: LayersModel,
  images: Tensor4D,
  masks: Uint8Array,
  options: CompareOptions,
): MethodScores[] {
  const { methods, layers = [undefined], faithfulImages = 0, onRow, shouldStop, ...rest } = options;
  const pairs = methods.flatMap((method) =>
    (needsLayer(method) ? layers : [undefined]).map((layer) => ({ method, layer })),
  );
  const rows: MethodScores[] = [];
  for (const { method, layer } of pairs) {
    if (shouldStop?.()) break;
    const chosen = layer === undefined ? {} : { layers: layer };
    const found = explain(model, images, { ...rest, method, ...chosen });
    const row: MethodScores = {
      method,
      layer: found.layers[0] ?? 'input',
      images: images.shape[0],
      empty: found.status.filter((status) => status !== 'ok').length,
      milliseconds: found.milliseconds,
      ...meanLocalization(found.maps, masks, images.shape[0]),
    };
    const some = Math.min(faithfulImages, images.shape[0]);
    if (some > 0) {
      const part = images.slice([0, 0, 0, 0], [some, -1, -1, -1]);
      const [, height, width] = found.shape;
      const classes = found.logits.length / found.shape[0];
      Object.assign(
        row,
        faithfulness(
          model,
          part,
          {
            ...found,
            shape: [some, height, width],
            maps: found.maps.subarray(0, some * height * width),
            classes: found.classes.slice(0, some),
            logits: found.logits.subarray(0, some * classes),
          },
          options.faithfulness,
        ),
      );
      part.dispose();
    }
    rows.push(row);
    onRow?.(row, rows.length, pairs.length);
  }
  return rows;
}
