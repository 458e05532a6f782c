import type { Task } from '../../data';
import { GradbookError } from '../../runtime';

/** Array data, `[examples, ..., outputs]`, row-major; the result of `predict`, or labels. */
export interface Values {
  shape: readonly number[];
  values: ArrayLike<number>;
}

/** One bin of confidence, `(low, high]`; the first one holds 0 too. */
export interface CalibrationBin {
  low: number;
  high: number;
  count: number;
  /** Mean probability of those in the bin; NaN where it is empty. */
  confidence: number;
  /** Fraction of them that are correct; NaN where the bin is empty. */
  accuracy: number;
}

/** Calibration errors. */
export interface Calibration {
  /** Expected calibration error: the mean of |accuracy - confidence|, each bin by its count. */
  ece: number;
  /** Maximum calibration error: the largest |accuracy - confidence| of a bin. */
  mce: number;
  /** Mean confidence minus accuracy: above 0 for an overconfident network. */
  overconfidence: number;
  /** Number of predictions: examples, or examples times labels. */
  count: number;
  bins: CalibrationBin[];
}

export interface CalibrationOptions {
  /**
   * `single`: the largest probability of each row, and whether its class is the true one. `multi`:
   * every probability separately, and whether its label is set, as for sigmoid outputs. Default
   * `single`; `multi` for one output.
   */
  task?: Task;
  /** Number of bins M, all of the same width. Default 15, as in the source. */
  bins?: number;
}

/**
 * Expected calibration error with the bins ((m - 1)/M, m/M] of a reliability diagram (Guo et al., "On
 * Calibration of Modern Neural Networks", 2017, arXiv:1706.04599, equations 1 to 5).
 *
 * @param labels one-hot or multi-hot, the shape of the probabilities
 * @param probabilities 0…1, such as `predict` gives them
 * @throws GradbookError `bad-shape`; `bad-values` for values that are not probabilities;
 *   `bad-option`
 * @example
 * const { ece, bins } = calibrationError(examples.y, await predict(model, examples.x));
 */
export function calibrationError(
  labels: Values,
  probabilities: Values,
  options: CalibrationOptions = {},
): Calibration {
  const { bins: size = 15 } = options;
  if (!(Number.isInteger(size) && size >= 1)) {
    throw new GradbookError(`bins ${size}: give an integer of at least 1`, 'bad-option');
  }
  const { rows, units, task } = checkedPair(labels, probabilities, options.task);
  const sums = Array.from({ length: size }, () => ({ count: 0, confidence: 0, hits: 0 }));
  const add = (confidence: number, hit: boolean) => {
    if (!(confidence >= 0 && confidence <= 1 + 1e-6)) {
      throw new GradbookError(
        `${confidence} is not a probability: give the outputs of a softmax or sigmoid, 0 to 1`,
        'bad-values',
      );
    }
    const bin = sums[binOf(confidence, size)]!;
    bin.count++;
    bin.confidence += confidence;
    bin.hits += hit ? 1 : 0;
  };
  for (let row = 0; row < rows; row++) {
    const at = row * units;
    if (task === 'single') {
      const said = argMax(probabilities.values, at, units);
      add(probabilities.values[at + said]!, argMax(labels.values, at, units) === said);
    } else {
      for (let i = at; i < at + units; i++) add(probabilities.values[i]!, labels.values[i]! > 0.5);
    }
  }
  const count = task === 'single' ? rows : rows * units;
  let [ece, mce, overconfidence] = [0, 0, 0];
  const bins = sums.map((bin, m): CalibrationBin => {
    const gap = bin.count ? (bin.confidence - bin.hits) / bin.count : 0;
    ece += (Math.abs(gap) * bin.count) / count;
    mce = Math.max(mce, Math.abs(gap));
    overconfidence += (gap * bin.count) / count;
    return {
      ...{ low: m / size, high: (m + 1) / size, count: bin.count },
      confidence: bin.confidence / bin.count,
      accuracy: bin.hits / bin.count,
    };
  });
  return { ece, mce, overconfidence, count, bins };
}

/** Rows, outputs per row and task of matching labels and outputs. */
export function checkedPair(
  labels: Values,
  outputs: Values,
  task?: Task,
): { rows: number; units: number; task: Task } {
  const units = outputs.shape.at(-1) ?? 0;
  const rows = outputs.values.length / units;
  if (String(labels.shape) !== String(outputs.shape) || !(units > 0 && rows > 0)) {
    throw new GradbookError(
      `labels of the shape [${labels.shape.join(', ')}] and outputs of the shape [${outputs.shape.join(', ')}]: give both the same shape, at least one example`,
      'bad-shape',
    );
  }
  if (task !== undefined && task !== 'single' && task !== 'multi') {
    throw new GradbookError(`task ${task}: give 'single' or 'multi'`, 'bad-option');
  }
  return { rows, units, task: units === 1 ? 'multi' : (task ?? 'single') };
}

/** The bin m, from 0, with m/M < confidence <= (m + 1)/M; 0 lies in the first. */
function binOf(confidence: number, size: number): number {
  let bin = Math.ceil(confidence * size) - 1;
  // The product may be rounded across a bin edge.
  if (bin / size >= confidence) bin--;
  else if ((bin + 1) / size < confidence) bin++;
  return Math.min(Math.max(bin, 0), size - 1);
}

/** Position of the largest of `units` values from `at`, relative to it; the first of ties. */
export function argMax(values: ArrayLike<number>, at: number, units: number): number {
  let best = 0;
  for (let i = 1; i < units; i++) if (values[at + i]! > values[at + best]!) best = i;
  return best;
}
