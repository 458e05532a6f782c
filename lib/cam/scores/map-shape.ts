import { ranking } from './faithfulness';

/** How concentrated one map is. */
export interface MapShape {
  /**
   * Gini index of the values: 0 where all are equal, near 1 where one pixel has the whole sum
   * (Chalasani et al., 2020, arXiv:1810.06583).
   */
  sparseness: number;
  /**
   * Entropy of the values as parts of their sum, in nats: 0 for one pixel, the logarithm of the number of
   * pixels where all are equal (Bhatt et al., 2020, arXiv:2005.00631).
   */
  complexity: number;
}

/** How a map orders the pixels of a mask. Both in 0…1, higher is better. */
export interface MaskRanking {
  /**
   * Of the n highest pixels, where n is the size of the mask, the fraction inside it (relevance
   * rank accuracy; Arras et al., 2022, arXiv:2003.07258). Equal values at the limit count by their
   * share.
   */
  rankAccuracy: number;
  /**
   * Area under the ROC curve of "lies in the mask" by value: the probability that a pixel of the mask is
   * higher than one outside; 0.5 for a random map.
   */
  rocAuc: number;
}

/**
 * Sparseness and complexity of one map, as in Quantus. A map of zeros counts as one of equal values.
 *
 * @param map values from 0
 * @example
 * const { sparseness, complexity } = mapShape(Float32Array.from([1, 0.2, 0]));
 */
export function mapShape(map: Float32Array): MapShape {
  const count = map.length;
  const ascending = Float64Array.from(map).sort();
  let sum = 0;
  let weighted = 0;
  for (let i = 0; i < count; i++) {
    // The small number is that of Quantus, so that values equal its own.
    const value = ascending[i]! + 1e-7;
    sum += value;
    weighted += (2 * (i + 1) - count - 1) * value;
  }
  const total = ascending.reduce((all, value) => all + value, 0);
  if (total === 0) return { sparseness: 0, complexity: Math.log(count) };
  const complexity = ascending.reduce((entropy, value) => {
    const part = value / total;
    return entropy - part * Math.log(part + 1e-12);
  }, 0);
  return { sparseness: weighted / (count * sum), complexity };
}

/**
 * Relevance rank accuracy and ROC AUC of one map, as in Quantus and scikit-learn.
 *
 * @param mask 1 inside, of the map's length. NaN for a mask without pixels, the ROC AUC also for a full one
 * @example
 * const { rankAccuracy, rocAuc } = rankInMask(Float32Array.from([1, 0.2, 0]), Uint8Array.from([1, 0, 0]));
 */
export function rankInMask(map: Float32Array, mask: Uint8Array): MaskRanking {
  const order = ranking(map);
  const inside = mask.reduce((sum, value) => sum + (value ? 1 : 0), 0);
  const outside = map.length - inside;
  let hits = 0;
  let pairs = 0;
  let above = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let found = 0;
    while (end < order.length && map[order[end]!] === map[order[start]!]) {
      if (mask[order[end]!]) found++;
      end++;
    }
    const places = Math.max(0, Math.min(end, inside) - start);
    hits += (found * places) / (end - start);
    // Pixels outside that are higher count 0; equal ones count by half.
    const others = end - start - found;
    pairs += found * (outside - above - others / 2);
    above += others;
    start = end;
  }
  return { rankAccuracy: hits / inside, rocAuc: pairs / (inside * outside) };
}

/**
 * Means over maps `[n, height, width]` and masks of the same shape; images without a mask are left out.
 *
 * @example
 * const { maps, shape } = explain(model, images, { method: 'layer-cam' });
 * const masks = new Uint8Array(maps.length).fill(1, 0, 100);
 * const { sparseness, rankAccuracy, rocAuc } = meanMapScores(maps, masks, shape[0]);
 */
export function meanMapScores(
  maps: Float32Array,
  masks: Uint8Array,
  images: number,
): MapShape & MaskRanking {
  const size = maps.length / images;
  const mean = { sparseness: 0, complexity: 0, rankAccuracy: 0, rocAuc: 0 };
  const counted = { ...mean };
  for (let image = 0; image < images; image++) {
    const map = maps.subarray(image * size, (image + 1) * size);
    const mask = masks.subarray(image * size, (image + 1) * size);
    const scores = { ...mapShape(map), ...rankInMask(map, mask) };
    for (const key of Object.keys(mean) as (keyof typeof mean)[]) {
      if (Number.isNaN(scores[key])) continue;
      mean[key] += scores[key];
      counted[key]++;
    }
  }
  for (const key of Object.keys(mean) as (keyof typeof mean)[]) mean[key] /= counted[key];
  return mean;
}
