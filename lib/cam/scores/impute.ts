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
  for (let pixel = 0; pixel < known.length; pixel++) if (!known[pixel]) missing.push(pixel);
  const result = Float32Array.from(image);
  if (missing.length === 0) return result;
  const places = Int32Array.from(missing);
  const around = neighboursOf(places, height, width);
  const plane = new Float64Array(known.length);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let pixel = 0; pixel < known.length; pixel++) {
      plane[pixel] = image[pixel * channels + c]!;
      if (known[pixel]) sum += plane[pixel]!;
    }
    const count = known.length - places.length;
    for (const pixel of places) plane[pixel] = count ? sum / count : 0;
    if (count) solve(plane, places, around);
    for (const pixel of places) result[pixel * channels + c] = plane[pixel]!;
  }
  return result;
}

/** Where the eight neighbours of each place are, and how much they count: eight numbers a place. */
interface Neighbours {
  pixels: Int32Array;
  /** Their sum is 1; 0 for those beyond the edge. */
  weights: Float64Array;
}

function solve(plane: Float64Array, places: Int32Array, { pixels, weights }: Neighbours): void {
  const relaxation = 1.7;
  for (let sweep = 0; sweep < 500; sweep++) {
    let largest = 0;
    for (let i = 0, n = 0; i < places.length; i++) {
      let sum = 0;
      for (const end = n + 8; n < end; n++) sum += weights[n]! * plane[pixels[n]!]!;
      const place = places[i]!;
      const change = relaxation * (sum - plane[place]!);
      plane[place]! += change;
      if (change > largest) largest = change;
      else if (-change > largest) largest = -change;
    }
    if (largest < 1e-6) return;
  }
}

function neighboursOf(places: Int32Array, height: number, width: number): Neighbours {
  const pixels = new Int32Array(places.length * 8);
  const weights = new Float64Array(places.length * 8);
  for (const [i, place] of places.entries()) {
    const y = Math.floor(place / width);
    const x = place % width;
    let total = 0;
    let n = i * 8;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if (dy === 0 && dx === 0) continue;
        const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
        pixels[n] = inside ? (y + dy) * width + x + dx : place;
        weights[n] = inside ? (dy === 0 || dx === 0 ? 2 : 1) : 0;
        total += weights[n++]!;
      }
    }
    for (let k = i * 8; k < n; k++) weights[k]! /= total;
  }
  return { pixels, weights };
}
