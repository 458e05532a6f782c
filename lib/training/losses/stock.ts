import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';

/** A function of labels and outputs, as tfjs's `compile` takes it. */
export type LossFunction = (labels: Tensor, outputs: Tensor) => Tensor;

/** The losses that tfjs's `compile` accepts by name, by Keras's name and by its short ones. */
const tfjsNames: Record<string, string> = {
  mean_absolute_error: 'meanAbsoluteError',
  mae: 'meanAbsoluteError',
  mean_absolute_percentage_error: 'meanAbsolutePercentageError',
  mape: 'meanAbsolutePercentageError',
  mean_squared_logarithmic_error: 'meanSquaredLogarithmicError',
  msle: 'meanSquaredLogarithmicError',
  hinge: 'hinge',
  squared_hinge: 'squaredHinge',
  categorical_hinge: 'categoricalHinge',
  logcosh: 'logcosh',
  kullback_leibler_divergence: 'kullbackLeiblerDivergence',
  poisson: 'poisson',
  cosine_proximity: 'cosineProximity',
};

export const stockLossNames = Object.keys(tfjsNames);

/**
 * Keras's name, in lower case with underscores, of a name in camelCase or in capitals: `mse` for
 * `MSE`, `mean_squared_error` for `meanSquaredError`.
 */
export function snakeCase(name: string): string {
  if (name === name.toUpperCase()) return name.toLowerCase();
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The name of a function without what tfjs appends to those of `tf.losses`. */
export function functionName({ name }: { name: string }, otherwise: string): string {
  return name.replace(/__op$/, '') || otherwise;
}

/** tfjs's own loss of this name, as `compile` finds it; undefined for an unknown name. */
export function stockLoss(name: string): LossFunction | undefined {
  const tfjsName = Object.hasOwn(tfjsNames, name) ? tfjsNames[name] : undefined;
  if (!tfjsName) return undefined;
  const input = tf.input({ shape: [1] });
  const output = tf.layers.activation({ activation: 'linear' }).apply(input);
  const model = tf.model({ inputs: input, outputs: output as SymbolicTensor });
  model.compile({ optimizer: 'sgd', loss: tfjsName });
  const [loss] = (model as unknown as { lossFunctions: LossFunction[] }).lossFunctions;
  model.dispose();
  return loss;
}
