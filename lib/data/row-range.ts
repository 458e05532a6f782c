/** The integers from `start` up to, not including, `end`. */
export function rowRange(start: number, end: number): Int32Array {
  return Int32Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}
