import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';

/**
 * Status of a map. Only `ok` maps have values; the others are all zero.
 *
 * - `no-evidence`: nothing in the layer is evidence for the class: all values zero or below
 * - `constant`: the same positive value everywhere
 * - `zero-gradient`: the class does not depend on the layer
 * - `dead-layer`: the layer's output is zero everywhere
 * - `not-finite`: a NaN or an infinity
 */
export type MapStatus =
  | 'ok'
  | 'no-evidence'
  | 'constant'
  | 'zero-gradient'
  | 'dead-layer'
  | 'not-finite';

/** Sets the status of one raw map and scales it in place: ReLU, then to 0…1. */
export function normalizeMap(map: Float32Array): MapStatus {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < map.length; i++) {
    const value = map[i]!;
    if (!Number.isFinite(value)) {
      map.fill(0);
      return 'not-finite';
    }
    const positive = Math.max(value, 0);
    map[i] = positive;
    low = Math.min(low, positive);
    high = Math.max(high, positive);
  }
  if (high <= 0 || high - low <= 1e-6 * high) {
    map.fill(0);
    return high <= 0 ? 'no-evidence' : 'constant';
  }
  // The small number is pytorch-grad-cam's, so that values equal its own.
  const range = 1e-7 + high - low;
  for (let i = 0; i < map.length; i++) map[i] = (map[i]! - low) / range;
  return 'ok';
}

/** Maps `[n, h, w]` in another size, bilinear with pixel centres aligned, as OpenCV does it. */
export function resizeMaps(
  maps: Float32Array,
  from: readonly [number, number, number],
  to: readonly [number, number],
): Float32Array {
  if (from[1] === to[0] && from[2] === to[1]) return maps;
  return tf.tidy(() => {
    const images = tf.tensor(maps, [...from]).expandDims(3) as Tensor4D;
    const resized = tf.image.resizeBilinear(images, [to[0], to[1]], false, true);
    return (resized.squeeze([3]) as Tensor3D).dataSync() as Float32Array;
  });
}

/** The view of one map in `[n, size]` values: writing to it writes to the whole. */
export function oneMap(maps: Float32Array, size: number, image: number): Float32Array {
  return maps.subarray(image * size, (image + 1) * size);
}

/** The mean of several layers' scaled maps, each `[n, size]`, scaled again to 0…1, image by image. */
export function fuseMaps(
  layers: readonly { maps: Float32Array; status: readonly MapStatus[] }[],
  images: number,
): { maps: Float32Array; status: MapStatus[] } {
  const fused = new Float32Array(layers[0]!.maps.length);
  for (const { maps } of layers) {
    for (let i = 0; i < maps.length; i++) fused[i]! += maps[i]! / layers.length;
  }
  const size = fused.length / images;
  const status = Array.from({ length: images }, (_, image): MapStatus => {
    const scaled = normalizeMap(oneMap(fused, size, image));
    const anyOk = layers.some((layer) => layer.status[image] === 'ok');
    return anyOk ? scaled : layers[0]!.status[image]!;
  });
  return { maps: fused, status };
}
