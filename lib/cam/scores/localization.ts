/** How well one map finds a mask. All in 0…1, higher is better. */
export interface Localization {
  /** 1 when the maximum is inside the mask (Zhang et al., 2016, arXiv:1608.00507). */
  pointing: number;
  /** Intersection over union of the mask and the map's values of at least `threshold`. */
  iou: number;
  /** Fraction of the map's sum inside the mask (Wang et al., 2020, arXiv:1910.01279). */
  energy: number;
}

/**
 * Scores one map against one mask.
 *
 * @param map values 0…1, `[height × width]`; a map of zeros scores 0
 * @param mask 1 inside, the same length
 * @param threshold of the IoU, as a part of the map's highest value. Default 0.5.
 */
export function localize(
  map: Float32Array,
  mask: Uint8Array,
  { threshold = 0.5 }: { threshold?: number } = {},
): Localization {
  let highest = 0;
  let at = -1;
  let inside = 0;
  let total = 0;
  for (let i = 0; i < map.length; i++) {
    const value = map[i]!;
    if (value > highest) {
      highest = value;
      at = i;
    }
    total += value;
    if (mask[i]) inside += value;
  }
  if (at < 0) return { pointing: 0, iou: 0, energy: 0 };
  let both = 0;
  let either = 0;
  for (let i = 0; i < map.length; i++) {
    const chosen = map[i]! >= threshold * highest;
    if (chosen && mask[i]) both++;
    if (chosen || mask[i]) either++;
  }
  return { pointing: mask[at] ? 1 : 0, iou: both / either, energy: inside / total };
}

/** The mean localization of maps `[n, height, width]` against masks of the same shape. */
export function meanLocalization(
  maps: Float32Array,
  masks: Uint8Array,
  images: number,
  options: { threshold?: number } = {},
): Localization {
  const size = maps.length / images;
  const mean = { pointing: 0, iou: 0, energy: 0 };
  for (let image = 0; image < images; image++) {
    const map = maps.subarray(image * size, (image + 1) * size);
    const mask = masks.subarray(image * size, (image + 1) * size);
    const scores = localize(map, mask, options);
    mean.pointing += scores.pointing / images;
    mean.iou += scores.iou / images;
    mean.energy += scores.energy / images;
  }
  return mean;
}
