import type {
  LayersModel,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
} from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import type { PlacedLayer } from '../layers';
import { forward, forwardFrom, logitsOf } from '../network';
import { withRegionOf } from '../regions';
import { weightedSum } from './layer-methods';

/** Methods without gradients: they change the image or a layer and compare the logits. */
export interface PerturbationOptions {
  /** How many changed images go through the network at once. */
  batchSize: number;
  /** Only the channels of highest variance are tried (Faster Score-CAM); the others have weight 0. */
  maxChannels: number;
  /** Occlusion: side of the square that is covered, and how far it moves, in pixels. */
  patch: number;
  stride: number;
  /** Occlusion: what the square is filled with, in the units of the images. */
  fill: number;
}

/** Runs rows of a batch in chunks and gives the chosen logits of each, `[rows]`. */
function chunked(
  rows: number,
  size: number,
  run: (start: number, count: number) => Tensor1D,
): Tensor1D {
  return tf.tidy(() => {
    const parts: Tensor1D[] = [];
    for (let start = 0; start < rows; start += size) {
      parts.push(tf.tidy(() => run(start, Math.min(size, rows - start))));
    }
    return tf.concat1d(parts);
  });
}

function chosen(logits: Tensor2D, target: Tensor): Tensor1D {
  return logits.mul(target).sum(1);
}

function eachImage(
  images: Tensor4D,
  targets: Tensor2D,
  run: (image: Tensor4D, target: Tensor2D, index: number) => Tensor,
): Tensor {
  const parts: Tensor[] = [];
  for (let i = 0; i < images.shape[0]; i++) {
    parts.push(
      tf.tidy(() => {
        const image = images.slice([i, 0, 0, 0], [1, -1, -1, -1]);
        return withRegionOf(i, () => run(image, targets.slice([i, 0], [1, -1]), i));
      }),
    );
  }
  return tf.stack(parts);
}

/** Indices of the channels that vary most over the pixels of one image's activations. */
function highestVariance(activations: Tensor4D, limit: number): Tensor1D {
  const channels = activations.shape[3];
  if (limit >= channels) return tf.range(0, channels, 1, 'int32');
  const { variance } = tf.moments(activations, [0, 1, 2]);
  return tf.topk(variance as Tensor1D, limit).indices as Tensor1D;
}

/** Spreads weights of some channels over all of them, zero elsewhere. */
function scatter(weights: Tensor1D, indices: Tensor1D, channels: number): Tensor1D {
  return tf.scatterND(indices.expandDims(1), weights, [channels]) as Tensor1D;
}

/**
 * Score-CAM (Wang et al., 2020, arXiv:1910.01279): each channel, scaled to 0…1, masks the image;
 * channels weigh by the softmax of the logits that the masked images get.
 *
 * @returns `[n, height, width]` of the layer
 */
export function scoreCam(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  activations: Tensor4D,
  { batchSize, maxChannels }: PerturbationOptions,
): Tensor3D {
  const [height, width] = images.shape.slice(1) as [number, number];
  const channels = activations.shape[3];
  const runs = images.shape[0] * Math.ceil(Math.min(channels, maxChannels) / batchSize);
  const weights = eachImage(images, targets, (image, target, i) => {
    const mine = activations.slice([i, 0, 0, 0], [1, -1, -1, -1]);
    const indices = highestVariance(mine, maxChannels);
    const scores = chunked(indices.shape[0], batchSize, (start, count) => {
      const some = mine.gather(indices.slice(start, count), 3) as Tensor4D;
      const large = tf.image.resizeBilinear(some, [height, width], true);
      const low = large.min([1, 2], true);
      const masks = large.sub(low).div(large.max([1, 2], true).sub(low).add(1e-8));
      const masked = image.mul(masks.transpose([3, 1, 2, 0])) as Tensor4D;
      return chosen(logitsOf(model, masked, runs), target);
    });
    return scatter(tf.softmax(scores), indices, channels);
  });
  return weightedSum(activations, weights);
}

/**
 * Ablation-CAM (Desai and Ramaswamy, 2020, WACV): channels weigh by how far the logit falls, as a
 * part of itself, when the channel is set to zero.
 *
 * @returns `[n, height, width]` of the layer
 */
export function ablationCam(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  place: PlacedLayer,
  activations: Tensor4D,
  { batchSize, maxChannels }: PerturbationOptions,
): Tensor3D {
  const channels = activations.shape[3];
  const weights = eachImage(images, targets, (image, target, i) => {
    const mine = activations.slice([i, 0, 0, 0], [1, -1, -1, -1]);
    const indices = highestVariance(mine, maxChannels);
    const original = chosen(forwardFrom(model, image, place, mine), target);
    const scores = chunked(indices.shape[0], batchSize, (start, count) => {
      const gone = tf.oneHot(indices.slice(start, count).toInt(), channels).cast('float32');
      const kept = tf.sub(1, gone).reshape([count, 1, 1, channels]);
      return chosen(forwardFrom(model, image, place, mine.mul(kept) as Tensor4D), target);
    });
    return scatter(original.sub(scores).div(original) as Tensor1D, indices, channels);
  });
  return weightedSum(activations, weights);
}

/**
 * Occlusion (Zeiler and Fergus, 2013, arXiv:1311.2901): how far the logit falls when a square is
 * covered, averaged over the squares that cover a pixel.
 *
 * @returns `[n, height, width]` of the images
 */
export function occlusion(
  model: LayersModel,
  images: Tensor4D,
  targets: Tensor2D,
  { batchSize, patch, stride, fill }: PerturbationOptions,
): Tensor3D {
  const [height, width] = images.shape.slice(1) as [number, number];
  const masks = occluders(height, width, patch, stride);
  const count = masks.length / (height * width);
  const runs = images.shape[0] * Math.ceil(count / batchSize);
  return tf.tidy(() => {
    const covers = tf.tensor4d(masks, [count, height, width, 1]);
    const times = covers.sum(0);
    return eachImage(images, targets, (image, target) => {
      const original = chosen(forward(model, image), target);
      const scores = chunked(count, batchSize, (start, rows) => {
        const cover = covers.slice([start, 0, 0, 0], [rows, -1, -1, -1]);
        const covered = image.mul(tf.sub(1, cover)).add(cover.mul(fill)) as Tensor4D;
        return chosen(logitsOf(model, covered, runs), target);
      });
      const drops = original.sub(scores).reshape([count, 1, 1, 1]);
      return covers.mul(drops).sum(0).div(times).squeeze([2]);
    }) as Tensor3D;
  });
}

/** Squares `[squares, height, width]`, 1 inside, at steps of `stride`, the last ones flush with the edge. */
export function occluders(
  height: number,
  width: number,
  patch: number,
  stride: number,
): Float32Array {
  const starts = (size: number) => {
    const last = Math.max(size - patch, 0);
    const regular = Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride);
    return regular.at(-1) === last ? regular : [...regular, last];
  };
  const places = starts(height).flatMap((top) => starts(width).map((left) => [top, left] as const));
  const masks = new Float32Array(places.length * height * width);
  places.forEach(([top, left], square) => {
    for (let y = top; y < Math.min(top + patch, height); y++) {
      const row = (square * height + y) * width;
      masks.fill(1, row + left, row + Math.min(left + patch, width));
    }
  });
  return masks;
}
