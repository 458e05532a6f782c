import assert from 'node:assert/strict';

/**
 * Asserts that all values agree within `tolerance` times the greatest absolute value expected, or
 * times one where all are small.
 */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: number of values`);
  let size = 1;
  for (let i = 0; i < expected.length; i++) size = Math.max(size, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!);
    assert.ok(
      off <= tolerance * size,
      `${what}: value ${i} is ${actual[i]} and should be ${expected[i]}`,
    );
  }
}
