const bits = new DataView(new ArrayBuffer(4));

/**
 * A number as the 16 bits of IEEE 754 half precision, rounded to the nearest, ties to even. Values
 * above the largest half, 65504, become infinite.
 */
export function toHalf(value: number): number {
  bits.setFloat32(0, value);
  const single = bits.getUint32(0);
  const sign = (single >>> 16) & 0x8000;
  const exponent = (single >>> 23) & 255;
  const fraction = single & 0x7fffff;
  if (exponent === 255) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  if (exponent >= 143) return sign | 0x7c00;
  // Below 2^-14 halves are subnormal: the leading one joins the fraction and both are shifted.
  const normal = exponent >= 113;
  const kept = normal ? ((exponent - 112) << 23) | fraction : 0x800000 | fraction;
  const shift = normal ? 13 : Math.min(126 - exponent, 31);
  const rest = kept % 2 ** shift;
  const half = Math.floor(kept / 2 ** shift);
  const tie = 2 ** (shift - 1);
  // A carry out of the fraction raises the exponent, up to infinity, as IEEE 754 requires.
  const up = rest > tie || (rest === tie && half % 2 === 1) ? 1 : 0;
  return sign | (half + up);
}
