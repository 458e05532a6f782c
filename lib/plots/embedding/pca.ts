import { GradbookError, Random } from '../../runtime';
import type { Values } from '../types';

export interface PcaOptions {
  /** How many components. Default 2. */
  components?: number;
  /** Seed of the initial vectors; it changes the result only by rounding. Default 1. */
  seed?: number;
  /** Number of iterations. Default 40. */
  rounds?: number;
}

export interface Projection {
  /** `[examples, components]`. */
  values: Float64Array;
  shape: [number, number];
  /** Share of the variance that each component explains. */
  explained: number[];
}

/**
 * Principal components by subspace iteration on the centred features, with a few extra vectors
 * (Halko, Martinsson and Tropp, 2011). The sign of a component is such that its largest loading is
 * positive.
 *
 * @param features `[examples, dimensions]`; further dimensions are flattened
 * @throws GradbookError `bad-shape` when there are fewer examples or dimensions than components
 */
export function pca(features: Values, options: PcaOptions = {}): Projection {
  const rows = features.shape[0] ?? 0;
  const columns = rows ? features.values.length / rows : 0;
  const components = options.components ?? 2;
  if (Math.min(rows, columns) < components) {
    throw new GradbookError(
      `features of shape [${features.shape.join(', ')}] have no ${components} components: give more examples or ask for fewer`,
      'bad-shape',
    );
  }
  const { centred, variance } = centre(features, rows, columns);
  const kept = Math.min(components + 4, rows, columns);
  const random = new Random(options.seed ?? 1);
  let basis: Float64Array[] = Array.from({ length: kept }, () =>
    Float64Array.from({ length: columns }, () => random.normal()),
  );
  for (let round = 0; round < (options.rounds ?? 40); round++) {
    basis = orthonormal(basis.map((vector) => timesTransposed(centred, times(centred, vector))));
  }
  const found = basis
    .map((vector) => ({ vector: signed(vector), scores: times(centred, signed(vector)) }))
    .map((item) => ({ ...item, power: dot(item.scores, item.scores) }))
    .sort((a, b) => b.power - a.power)
    .slice(0, components);
  const values = new Float64Array(rows * components);
  found.forEach(({ scores }, c) => {
    scores.forEach((score, row) => {
      values[row * components + c] = score;
    });
  });
  return {
    values,
    shape: [rows, components],
    explained: found.map(({ power }) => (variance ? power / variance : 0)),
  };
}

type Vector = Float64Array;

function centre(features: Values, rows: number, columns: number) {
  const means = new Float64Array(columns);
  for (let i = 0; i < rows * columns; i++) means[i % columns]! += features.values[i]! / rows;
  let variance = 0;
  const centred = Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: columns }, (_, c) => {
      const value = features.values[row * columns + c]! - means[c]!;
      variance += value * value;
      return value;
    }),
  );
  return { centred, variance };
}

function times(matrix: readonly Vector[], vector: Vector): Vector {
  return Float64Array.from(matrix, (row) => dot(row, vector));
}

function timesTransposed(matrix: readonly Vector[], vector: Vector): Vector {
  const sum = new Float64Array(matrix[0]!.length);
  matrix.forEach((row, i) => {
    const factor = vector[i]!;
    for (let c = 0; c < sum.length; c++) sum[c]! += factor * row[c]!;
  });
  return sum;
}

function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Gram–Schmidt, each vector twice against rounding errors; a linearly dependent vector becomes zero. */
function orthonormal(vectors: readonly Vector[]): Vector[] {
  const done: Vector[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    const before = Math.sqrt(dot(rest, rest));
    for (const other of [...done, ...done]) {
      const share = dot(rest, other);
      for (let i = 0; i < rest.length; i++) rest[i]! -= share * other[i]!;
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(rest.map((value) => (length > 1e-12 * before && length > 0 ? value / length : 0)));
  }
  return done;
}

function signed(vector: Vector): Vector {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? vector.map((value) => -value) : vector;
}
