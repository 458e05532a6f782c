/**
 * Noisy linear imputation of ROAD (Rong et al., 2022, arXiv:2202.00449), without the noise: each
 * missing pixel becomes the weighted mean of its eight neighbours, direct ones counting twice as
 * much as diagonal ones. A pixel removed this way is not visible as a black square.
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
  const result = Float32Array.from(image);
  const missing: number[] = [];
  for (let pixel = 0; pixel < known.length; pixel++) if (!known[pixel]) missing.push(pixel);
  if (missing.length === 0) return result;
  const framed = frame(missing, height, width);
  const plane = new Float64Array((height + 2) * framed.stride);
  const place = (pixel: number) =>
    (Math.floor(pixel / width) + 1) * framed.stride + (pixel % width) + 1;
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let pixel = 0; pixel < known.length; pixel++) {
      const value = image[pixel * channels + c]!;
      plane[place(pixel)] = value;
      if (known[pixel]) sum += value;
    }
    const count = known.length - missing.length;
    for (const at of framed.places) plane[at] = count ? sum / count : 0;
    if (count) solve(plane, framed);
    for (const [i, pixel] of missing.entries())
      result[pixel * channels + c] = plane[framed.places[i]!]!;
  }
  return result;
}

/**
 * The missing pixels in a plane with a frame of zeros around it: neighbours beyond the edge add
 * nothing to a sum, so no sum needs to check for the edge.
 */
interface Framed {
  /** Numbers in a row of the plane. */
  stride: number;
  places: Int32Array;
  /** 1 / the total weight of each position's neighbours inside the image. */
  inverse: Float64Array;
  relaxation: number;
}

function frame(missing: readonly number[], height: number, width: number): Framed {
  const stride = width + 2;
  const places = new Int32Array(missing.length);
  const inverse = new Float64Array(missing.length);
  for (const [i, pixel] of missing.entries()) {
    const y = Math.floor(pixel / width);
    const x = pixel % width;
    places[i] = (y + 1) * stride + x + 1;
    const rows = Number(y > 0) + Number(y < height - 1);
    const columns = Number(x > 0) + Number(x < width - 1);
    inverse[i] = 1 / (2 * (rows + columns) + rows * columns);
  }
  const depth = deepest(places, stride, (height + 2) * stride);
  // The best factor for a square of 2 × depth + 2 places (Young, 1954): scattered pixels need few
  // iterations with a small one, a hole of half the image hundreds unless it is large.
  const relaxation = 2 / (1 + Math.sin(Math.PI / (2 * depth + 2)));
  return { stride, places, inverse, relaxation };
}

/** Largest distance of a missing pixel from the nearest known one, in steps that may be diagonal. */
function deepest(places: Int32Array, stride: number, size: number): number {
  const away = new Int32Array(size);
  const far = size;
  away.fill(far, 0, stride);
  away.fill(far, size - stride);
  for (let at = 0; at < size; at += stride) away[at] = away[at + stride - 1] = far;
  for (const at of places) away[at] = far;
  const step = (at: number, along: 1 | -1) => {
    const before = Math.min(
      away[at - along]!,
      away[at - along * (stride - 1)]!,
      away[at - along * stride]!,
      away[at - along * (stride + 1)]!,
    );
    away[at] = Math.min(away[at]!, before + 1);
  };
  for (let i = 0; i < places.length; i++) step(places[i]!, 1);
  for (let i = places.length - 1; i >= 0; i--) step(places[i]!, -1);
  return places.reduce((most, at) => Math.max(most, away[at]!), 0);
}

function solve(plane: Float64Array, { stride, places, inverse, relaxation }: Framed): void {
  for (let sweep = 0; sweep < 500; sweep++) {
    let largest = 0;
    for (let i = 0; i < places.length; i++) {
      const at = places[i]!;
      const up = at - stride;
      const down = at + stride;
      const direct = plane[up]! + plane[down]! + plane[at - 1]! + plane[at + 1]!;
      const diagonal = plane[up - 1]! + plane[up + 1]! + plane[down - 1]! + plane[down + 1]!;
      const change = relaxation * ((2 * direct + diagonal) * inverse[i]! - plane[at]!);
      plane[at]! += change;
      if (change > largest) largest = change;
      else if (-change > largest) largest = -change;
    }
    if (largest < 1e-6) return;
  }
}
