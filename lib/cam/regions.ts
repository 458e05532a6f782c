import type { LayersModel, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../runtime';

/** Weights `[rows, height, width, 1]` of the pixels that are explained now; a single row applies to all. */
let current: Tensor4D | undefined;

/** Runs `run`, which must not be asynchronous, while these pixels of a segmentation are explained. */
export function withRegions<T>(regions: Tensor4D | undefined, run: () => T): T {
  const before = current;
  current = regions;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** Whether certain pixels of a segmentation are explained now. */
export function hasRegions(): boolean {
  return current !== undefined;
}

/** Runs `run` while the pixels of one image of the batch are explained, for any number of its copies. */
export function withRegionOf<T>(image: number, run: () => T): T {
  return withRegions(current?.slice([image, 0, 0, 0], [1, -1, -1, -1]), run);
}

/** Runs `run` while the regions are mirrored, as the images are. */
export function withMirroredRegions<T>(mirrored: boolean, run: () => T): T {
  return mirrored ? withRegions(current?.reverse(2), run) : run();
}

/**
 * The weight of each pixel of a segmentation `[rows, height, width, classes]` in the mean over the
 * region, `[rows or 1, height, width, 1]`.
 */
export function pixelWeights(logits: Tensor): Tensor {
  const [, height, width] = logits.shape as number[];
  if (!current) return tf.fill([1, height!, width!, 1], 1 / (height! * width!));
  return current.div(current.sum([1, 2], true));
}

/** The mean of a segmentation's logits over the region, `[rows, classes]`; other logits as they are. */
export function meanOverRegion(logits: Tensor): Tensor2D {
  return (logits.rank === 4 ? logits.mul(pixelWeights(logits)).sum([1, 2]) : logits) as Tensor2D;
}

/**
 * Throws unless regions are weights of each pixel of each image of a segmentation's output.
 *
 * @throws GradbookError `bad-region`
 */
export function checkRegions(
  model: LayersModel,
  output: readonly number[],
  regions: ArrayLike<number> | undefined,
): void {
  if (!regions) return;
  const [images, height, width] = output as [number, number, number];
  if (output.length !== 4) {
    throw new GradbookError(
      `regions are for segmentations: the output of model ${model.name} is [${output.join(', ')}], not [n, height, width, classes]`,
      'bad-region',
    );
  }
  const pixels = height * width;
  if (regions.length !== images * pixels) {
    throw new GradbookError(
      `${regions.length} values of regions: ${images} images of ${height}×${width} pixels need ${images * pixels}`,
      'bad-region',
    );
  }
  for (let image = 0; image < images; image++) {
    let sum = 0;
    for (let i = image * pixels; i < (image + 1) * pixels; i++) {
      const value = regions[i]!;
      if (!(value >= 0)) sum = Number.NaN;
      sum += value;
    }
    if (sum > 0) continue;
    throw new GradbookError(
      `the region of image ${image} ${sum === 0 ? 'is empty' : 'has a value below 0'}: give weights of at least 0, one of them above 0`,
      'bad-region',
    );
  }
}
