/**
 * Tone-maps linear light to sRGB: exposure by the image's median and its 80th
 * percentile, a soft shoulder v·k / (1 + 0.35·v·k), then sRGB. Pixels with a channel above 8 times
 * middle exposure (the sun) become white.
 *
 * @param linear RGB, linear, not negative, `[pixels, 3]`
 * @param exposure factor of the exposure found. Default 1
 * @returns sRGB bytes of the same layout
 */
export function toneMap(linear: Float32Array, exposure = 1): Uint8Array {
  const luminance = new Float32Array(linear.length / 3);
  for (let i = 0; i < luminance.length; i++) {
    const [r, g, b] = linear.subarray(i * 3, i * 3 + 3) as unknown as [number, number, number];
    luminance[i] = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  luminance.sort();
  const at = (part: number) => luminance[Math.floor(part * (luminance.length - 1))]!;
  const k = exposure * Math.min(0.18 / at(0.5), 0.85 / at(0.8));

  const bytes = new Uint8Array(linear.length);
  for (let i = 0; i < linear.length; i += 3) {
    const brightest = Math.max(linear[i]!, linear[i + 1]!, linear[i + 2]!);
    for (let channel = i; channel < i + 3; channel++) {
      const exposed = linear[channel]! * k;
      bytes[channel] = brightest * k > 8 ? 255 : srgbByte(exposed / (1 + 0.35 * exposed));
    }
  }
  return bytes;
}

/**
 * Where the byte of an sRGB value changes: the linear value at byte − 0.5 for the bytes 1 to 255.
 * `Math.pow` may differ between versions of V8 in its last bit, so the power 2.4 is taken as the
 * fifth root of the 12th power, and only exact arithmetic is used.
 */
const thresholds = Float64Array.from({ length: 255 }, (_, i) => {
  const encoded = (i + 0.5) / 255;
  if (encoded <= 0.04045) return encoded / 12.92;
  const base = (encoded + 0.055) / 1.055;
  const square = base * base;
  const fourth = square * square;
  return fifthRoot(fourth * fourth * fourth);
});

/** Newton's method from above: the steps fall until they reach the root. */
function fifthRoot(value: number): number {
  let root = 1;
  for (let step = 0; step < 100; step++) {
    const fourth = root * root * root * root;
    root -= (root * fourth - value) / (5 * fourth);
  }
  return root;
}

/** The sRGB byte of a linear value (IEC 61966-2-1), by bisection of the thresholds. */
export function srgbByte(linear: number): number {
  let low = 0;
  let high = 255;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (linear >= thresholds[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
