import { GradbookError } from '../../runtime';
import { checkedPair, type Values } from './calibration';

/** The threshold of one label, chosen on a validation set. */
export interface LabelThreshold {
  /** A probability above it counts as positive. */
  threshold: number;
  /** F1 of the label at the threshold, and at 0.5. */
  f1: number;
  f1AtHalf: number;
  /** Number of examples with the label. */
  positives: number;
}

/**
 * For each label by itself, the threshold of the highest F1 = 2TP / (2TP + FP + FN) on a validation
 * set. Thresholds are midpoints of neighbouring probabilities; of several with the same F1 the one
 * nearest 0.5 is used. A label without a positive example keeps 0.5. Choose on the validation set
 * and evaluate on the test set: on the set they were chosen on the scores are biased upwards.
 *
 * @param labels multi-hot `[examples, labels]`
 * @param probabilities of the same shape, from sigmoid outputs
 * @returns one entry per label
 * @throws GradbookError `bad-shape`; `bad-values` for a NaN
 */
export function labelThresholds(labels: Values, probabilities: Values): LabelThreshold[] {
  const { rows, units } = checkedPair(labels, probabilities, 'multi');
  return Array.from({ length: units }, (_, unit) => {
    const pairs = Array.from({ length: rows }, (_, row) => ({
      value: probabilities.values[row * units + unit]!,
      truth: labels.values[row * units + unit]! > 0.5,
    }));
    if (pairs.some(({ value }) => Number.isNaN(value))) {
      throw new GradbookError(`label ${unit} has a probability that is NaN`, 'bad-values');
    }
    return bestThreshold(pairs);
  });
}

function bestThreshold(pairs: { value: number; truth: boolean }[]): LabelThreshold {
  pairs.sort((a, b) => b.value - a.value);
  const positives = pairs.filter(({ truth }) => truth).length;
  const f1Of = (hits: number, chosen: number) =>
    chosen + positives === 0 ? 0 : (2 * hits) / (chosen + positives);
  const aboveHalf = pairs.filter(({ value }) => value > 0.5);
  const f1AtHalf = f1Of(aboveHalf.filter(({ truth }) => truth).length, aboveHalf.length);
  let best = { threshold: 0.5, f1: f1AtHalf };
  let hits = 0;
  for (let chosen = 1; chosen <= pairs.length && positives > 0; chosen++) {
    const { value, truth } = pairs[chosen - 1]!;
    if (truth) hits++;
    const next = chosen < pairs.length ? pairs[chosen]!.value : 0;
    // Equal probabilities are on the same side.
    if (chosen < pairs.length && next === value) continue;
    const f1 = f1Of(hits, chosen);
    const threshold = (value + next) / 2;
    const nearer = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5);
    if (f1 > best.f1 || (f1 === best.f1 && nearer)) best = { threshold, f1 };
  }
  return { ...best, f1AtHalf, positives };
}

/**
 * Decisions, 1 above the threshold of each label and 0 elsewhere: for any metric, such as
 * `score(labels, decisionsAt(thresholds, predictions), ['exact_match'])`.
 *
 * @param thresholds one per label: numbers, or what `labelThresholds` gives
 * @throws GradbookError `bad-shape` for a wrong number of thresholds
 */
export function decisionsAt(
  thresholds: readonly (number | Pick<LabelThreshold, 'threshold'>)[],
  probabilities: Values,
): { values: Float32Array; shape: number[] } {
  const units = probabilities.shape.at(-1) ?? 0;
  if (thresholds.length !== units) {
    throw new GradbookError(
      `${thresholds.length} thresholds for ${units} labels: give one per label`,
      'bad-shape',
    );
  }
  const numbers = thresholds.map((one) => (typeof one === 'number' ? one : one.threshold));
  const values = Float32Array.from(probabilities.values, (value, i) =>
    value > numbers[i % units]! ? 1 : 0,
  );
  return { values, shape: [...probabilities.shape] };
}
