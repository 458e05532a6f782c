/** Buckets of a histogram: TensorBoard's default. */
export const bucketCount = 30;

/**
 * Counts values in 30 buckets of equal width from the least to the largest, by the rule of
 * tensorboard's `histogram_summary_v2`: a value that all others equal fills the last bucket, and no
 * value at all gives rows of zeros. NaN and infinities are left out; TensorBoard's own rule would give
 * NaN for every edge.
 *
 * @returns float64 `[30, 3]`: left edge, right edge, count
 */
export function histogramBuckets(values: ArrayLike<number>): Float64Array {
  const rows = new Float64Array(3 * bucketCount);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    count++;
  }
  if (count === 0) return rows;
  const width = (max - min) / bucketCount;
  const edge = (i: number) => (i === bucketCount ? max : min + width * i);
  for (let i = 0; i < bucketCount; i++) rows.set([edge(i), edge(i + 1)], 3 * i);
  if (width === 0) {
    rows[3 * bucketCount - 1] = count;
    return rows;
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    const bucket = Math.min(Math.floor((value - min) / width), bucketCount - 1);
    rows[3 * bucket + 2]! += 1;
  }
  return rows;
}
