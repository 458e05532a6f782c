import type { Task } from '../../data';
import { GradbookError } from '../../runtime';
import { argMax, checkedPair, type Values } from './calibration';

/** One temperature for all logits, and its effect on the validation set. */
export interface Temperature {
  /** Divisor of the logits: above 1 for an overconfident network. */
  temperature: number;
  /** Mean negative log-likelihood with the original logits, and with the temperature. */
  before: number;
  after: number;
  /**
   * Whether the likelihood still increases at the limit of the search, e^-10 or e^10: all examples
   * correct (any lower temperature is better), or logits worse than chance.
   */
  atBound: boolean;
}

export interface TemperatureOptions {
  /** `single`: logits of a softmax. `multi`: of sigmoids. Default `single`; `multi` for one output. */
  task?: Task;
}

/** Of the logarithm of 1/T, as in scikit-learn. */
const bound = 10;

/**
 * Temperature scaling: the divisor T > 0 of all logits that maximises the likelihood of the labels
 * of a validation set (Guo et al., 2017, arXiv:1706.04599, section 4.2). It changes the confidence
 * and never the predicted class. The negative log-likelihood is convex in 1/T; its minimum is found
 * by bisection of the derivative.
 *
 * @param labels one-hot or multi-hot
 * @param logits of the same shape, from `predictLogits`
 * @throws GradbookError `bad-shape`; `bad-values` for logits that are not finite
 */
export function fitTemperature(
  labels: Values,
  logits: Values,
  options: TemperatureOptions = {},
): Temperature {
  const { rows, units, task } = checkedPair(labels, logits, options.task);
  checkFinite(logits);
  const likelihood = (factor: number) => {
    const total = { loss: 0, slope: 0 };
    for (let row = 0; row < rows; row++) {
      if (task === 'single') addSoftmax(total, labels, logits, row * units, units, factor);
      else
        for (let i = 0; i < units; i++) addSigmoid(total, labels, logits, row * units + i, factor);
    }
    const count = task === 'single' ? rows : rows * units;
    return { loss: total.loss / count, slope: total.slope / count };
  };
  let [low, high] = [-bound, bound];
  if (likelihood(Math.exp(low)).slope >= 0) high = low;
  else if (likelihood(Math.exp(high)).slope <= 0) low = high;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (likelihood(Math.exp(middle)).slope < 0) low = middle;
    else high = middle;
  }
  const factor = Math.exp((low + high) / 2);
  return {
    temperature: 1 / factor,
    before: likelihood(1).loss,
    after: likelihood(factor).loss,
    atBound: Math.abs(Math.log(factor)) === bound,
  };
}

/**
 * Probabilities of logits divided by a temperature: softmax over the last axis, or sigmoid.
 *
 * @param logits from `predictLogits`
 * @returns new values; the logits are not changed
 * @throws GradbookError `bad-option` for a temperature that is not positive
 */
export function probabilitiesAt(
  temperature: number,
  logits: Values,
  options: TemperatureOptions = {},
): { values: Float32Array; shape: number[] } {
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new GradbookError(`temperature ${temperature}: give a number above 0`, 'bad-option');
  }
  const { rows, units, task } = checkedPair(logits, logits, options.task);
  const values = new Float32Array(rows * units);
  for (let at = 0; at < values.length; at += units) {
    const scaled = Array.from({ length: units }, (_, i) => logits.values[at + i]! / temperature);
    if (task === 'multi') values.set(scaled.map(sigmoid), at);
    else {
      const largest = Math.max(...scaled);
      const powers = scaled.map((value) => Math.exp(value - largest));
      const sum = powers.reduce((total, value) => total + value, 0);
      values.set(
        powers.map((value) => value / sum),
        at,
      );
    }
  }
  return { values, shape: [...logits.shape] };
}

interface Total {
  loss: number;
  slope: number;
}

/** Adds -log p of the true class, and its derivative by the factor: the mean logit minus the true one. */
function addSoftmax(
  total: Total,
  labels: Values,
  { values }: Values,
  at: number,
  units: number,
  factor: number,
): void {
  const largest = values[at + argMax(values, at, units)]!;
  let [sum, weighted] = [0, 0];
  for (let i = at; i < at + units; i++) {
    const power = Math.exp(factor * (values[i]! - largest));
    sum += power;
    weighted += power * values[i]!;
  }
  const own = values[at + argMax(labels.values, at, units)]!;
  total.loss += Math.log(sum) + factor * (largest - own);
  total.slope += weighted / sum - own;
}

function addSigmoid(
  total: Total,
  labels: Values,
  logits: Values,
  at: number,
  factor: number,
): void {
  const z = labels.values[at]! > 0.5 ? -logits.values[at]! : logits.values[at]!;
  total.loss += Math.max(factor * z, 0) + Math.log1p(Math.exp(-Math.abs(factor * z)));
  total.slope += z * sigmoid(factor * z);
}

function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

function checkFinite({ values }: Values): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new GradbookError(
        `logit ${values[i]} at ${i}: give finite logits, such as predictLogits gives them`,
        'bad-values',
      );
    }
  }
}
