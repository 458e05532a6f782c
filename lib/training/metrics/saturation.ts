import { GradbookError } from '../../runtime';

/** Array data, `[examples, labels]`. */
interface Values {
  shape: readonly number[];
  values: ArrayLike<number>;
}

/** Keras's accuracy with every logit multiplied by a factor. */
export interface SaturatedAccuracy {
  /** Factor of the logits. */
  factor: number;
  /** Of the examples with several true labels, the fraction whose true outputs are all 1. */
  saturated: number;
  /** Categorical accuracy of all examples, as Keras's `accuracy` on sigmoid outputs. */
  accuracy: number;
}

/**
 * Keras's `accuracy` on several sigmoid outputs compares argmax with argmax, and argmax takes the
 * first of equal values, in the labels as in the outputs. A float32 sigmoid is exactly 1 from a
 * logit of about 17 on. Where the outputs of all true labels are 1 they tie, argmax is the first of
 * them, and the example counts as correct; otherwise the larger one decides. So the metric rises
 * with the scale of the logits alone, although no prediction at threshold 0.5 changes. This
 * function computes by how much.
 *
 * @param labels 0 and 1, `[examples, labels]`
 * @param outputs float32 sigmoid outputs of the same shape; logits are recovered from them, those
 *   of outputs that are exactly 0 or 1 as infinite
 * @param factors positive; default 0.25, 0.5, 1, 2, 4 and 8; 1 gives the metric itself
 * @throws GradbookError `bad-shape` for shapes that differ, `bad-factor` for a factor that is not
 *   positive and finite
 */
export function accuracyBySaturation(
  labels: Values,
  outputs: Values,
  factors: readonly number[] = [0.25, 0.5, 1, 2, 4, 8],
): SaturatedAccuracy[] {
  const [examples = 0, units = 0] = labels.shape;
  if (labels.shape.length !== 2 || labels.shape.join() !== outputs.shape.join()) {
    throw new GradbookError(
      `labels of shape [${labels.shape}] and outputs of shape [${outputs.shape}]: give [examples, labels] twice`,
      'bad-shape',
    );
  }
  const wrong = factors.find((factor) => !(factor > 0 && Number.isFinite(factor)));
  if (wrong !== undefined) {
    throw new GradbookError(`factor ${wrong} of the logits: give positive numbers`, 'bad-factor');
  }
  return factors.map((factor) => {
    let right = 0;
    let several = 0;
    let saturated = 0;
    for (let example = 0; example < examples; example++) {
      const row = Array.from({ length: units }, (_, unit) => example * units + unit);
      const truth = row.map((at) => labels.values[at]!);
      const scaled = row.map((at) => scaledSigmoid(outputs.values[at]!, factor));
      const trueOutputs = scaled.filter((_, unit) => truth[unit]! >= 0.5);
      if (firstLargest(truth) === firstLargest(scaled)) right++;
      if (trueOutputs.length < 2) continue;
      several++;
      if (trueOutputs.every((value) => value === 1)) saturated++;
    }
    return { factor, saturated: saturated / several, accuracy: right / examples };
  });
}

/** The float32 sigmoid of a multiple of an output's logit. */
function scaledSigmoid(output: number, factor: number): number {
  if (output <= 0 || output >= 1) return output;
  return Math.fround(1 / (1 + Math.exp(-factor * Math.log(output / (1 - output)))));
}

/** Position of the largest value; the first of ties. */
function firstLargest(values: readonly number[]): number {
  return values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
}
