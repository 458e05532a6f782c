/**
 * Noisy linear imputation of ROAD (Rong et al., 2022, arXiv:2202.00449), without the noise: each
 * missing pixel becomes the weighted mean of its eight neighbours, direct ones counting twice as
 * much as diagonal ones. Removing a pixel this way leaves no black square that gives it away.
 *
 * Solved by successive over-relaxation, from the mean of the known pixels.
 *
 * @param image `[height, width, channels]`, row after row; not changed
 * @param known 1 where the pixel stays, `[height × width]`
 * @returns a new image; all zeros where nothing is known
 */
export function imputeLinear(
  image: Float32Array,
  known: Uint8Array,
  { height, width, channels }: { height: number; width: number; channels: number },
): Float32Array {
  const missing: number[] = [];
  const mean = new Float64Array(channels);
  for (let pixel = 0; pixel < known.length; pixel++) {
    if (!known[pixel]) missing.push(pixel);
    else for (let c = 0; c < channels; c++) mean[c]! += image[pixel * channels + c]!;
  }
  const values = Float64Array.from(image);
  const count = known.length - missing.length;
  for (const pixel of missing) {
    for (let c = 0; c < channels; c++) values[pixel * channels + c] = count ? mean[c]! / count : 0;
  }
  if (count === 0 || missing.length === 0) return Float32Array.from(values);

  const neighbours = missing.map((pixel) => around(pixel, height, width));
  const relaxation = 1.7;
  for (let sweep = 0; sweep < 500; sweep++) {
    let largest = 0;
    missing.forEach((pixel, i) => {
      const { pixels, weights, total } = neighbours[i]!;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let n = 0; n < pixels.length; n++)
          sum += weights[n]! * values[pixels[n]! * channels + c]!;
        const change = relaxation * (sum / total - values[pixel * channels + c]!);
        values[pixel * channels + c]! += change;
        largest = Math.max(largest, Math.abs(change));
      }
    });
    if (largest < 1e-6) break;
  }
  return Float32Array.from(values);
}

function around(
  pixel: number,
  height: number,
  width: number,
): { pixels: number[]; weights: number[]; total: number } {
  const y = Math.floor(pixel / width);
  const x = pixel % width;
  const pixels: number[] = [];
  const weights: number[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
      if ((dy === 0 && dx === 0) || !inside) continue;
      pixels.push((y + dy) * width + x + dx);
      weights.push(dy === 0 || dx === 0 ? 1 / 6 : 1 / 12);
    }
  }
  return { pixels, weights, total: weights.reduce((a, b) => a + b, 0) };
}
