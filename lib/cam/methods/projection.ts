/**
 * The first principal component of an image's channels: what Eigen-CAM draws (Muhammad and Yeasin,
 * 2020, arXiv:2008.00299). Channels are centred over the pixels. The sign of a principal component
 * is arbitrary; it is chosen so that its largest absolute value is positive (Chung and Ying, 2025,
 * Applied Sciences 15, 7562).
 *
 * @param values `[pixels, channels]`, row after row
 * @returns `[pixels]`; all zero where the channels do not vary
 */
export function firstComponent(
  values: Float32Array,
  pixels: number,
  channels: number,
): Float32Array {
  const centred = new Float64Array(values.length);
  for (let channel = 0; channel < channels; channel++) {
    let mean = 0;
    for (let pixel = 0; pixel < pixels; pixel++) mean += values[pixel * channels + channel]!;
    mean /= pixels;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const at = pixel * channels + channel;
      centred[at] = values[at]! - mean;
    }
  }
  const projection = leadingProjection(centred, pixels, channels);
  let lowest = 0;
  let highest = 0;
  for (const value of projection) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const sign = -lowest > highest ? -1 : 1;
  return Float32Array.from(projection, (value) => sign * value);
}

/** The left singular vector of the largest singular value times that value, by power iteration. */
function leadingProjection(matrix: Float64Array, pixels: number, channels: number): Float64Array {
  // X Xᵀ and Xᵀ X have the same leading direction: iterate on the smaller.
  const gram =
    pixels <= channels ? rowGram(matrix, pixels, channels) : columnGram(matrix, pixels, channels);
  const size = Math.min(pixels, channels);
  const direction = leadingEigenvector(gram, size);
  if (pixels > channels) return times(matrix, direction, pixels, channels);
  let eigenvalue = 0;
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) row += gram[i * size + j]! * direction[j]!;
    eigenvalue += row * direction[i]!;
  }
  return direction.map((value) => value * Math.sqrt(Math.max(eigenvalue, 0)));
}

function times(
  matrix: Float64Array,
  vector: Float64Array,
  rows: number,
  columns: number,
): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      sum += matrix[row * columns + column]! * vector[column]!;
    }
    return sum;
  });
}

function rowGram(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += matrix[i * columns + k]! * matrix[j * columns + k]!;
      gram[i * rows + j] = sum;
      gram[j * rows + i] = sum;
    }
  }
  return gram;
}

function columnGram(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    for (let i = 0; i < columns; i++) {
      const left = matrix[start + i]!;
      if (left === 0) continue;
      for (let j = 0; j < columns; j++) gram[i * columns + j]! += left * matrix[start + j]!;
    }
  }
  return gram;
}

function leadingEigenvector(gram: Float64Array, size: number): Float64Array {
  // Start from the row with the largest diagonal: never orthogonal to the answer, always the same.
  let start = 0;
  for (let i = 1; i < size; i++) {
    if (gram[i * size + i]! > gram[start * size + start]!) start = i;
  }
  let vector: Float64Array = gram.slice(start * size, (start + 1) * size);
  for (let step = 0; step < 1000; step++) {
    const length = Math.hypot(...vector);
    if (length === 0) return new Float64Array(size);
    vector = vector.map((value) => value / length);
    const next = times(gram, vector, size, size);
    const eigenvalue = Math.hypot(...next);
    let change = 0;
    for (let i = 0; i < size; i++) {
      change = Math.max(change, Math.abs(next[i]! - eigenvalue * vector[i]!));
    }
    vector = next;
    if (change <= 1e-9 * eigenvalue) break;
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
