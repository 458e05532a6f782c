import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError } from '../../runtime';
import { binaryCrossentropy, categoricalCrossentropy, perExampleMean } from './cross-entropy';
import type { Loss } from './loss';
import { meanSquaredError } from './mean-squared-error';
import { bceDice, dice } from './segmentation';

/** A function of labels and outputs, as tfjs's `compile` takes it. */
export type LossFunction = (labels: Tensor, outputs: Tensor) => Tensor;

const named: Record<string, () => Loss> = {
  categorical_crossentropy: categoricalCrossentropy,
  binary_crossentropy: binaryCrossentropy,
  mean_squared_error: meanSquaredError,
  mse: meanSquaredError,
  dice,
  bce_dice: bceDice,
};

/**
 * Finds a loss by its name, in camelCase or as Keras writes it.
 *
 * @throws GradbookError `unknown-loss`
 */
export function resolveLoss(given: string | Loss | LossFunction): Loss {
  if (typeof given === 'function') {
    return {
      name: given.name || 'loss',
      perExample: ({ labels, outputs }) => perExampleMean(given(labels, outputs)),
    };
  }
  if (typeof given !== 'string') return given;
  const name = given.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const make = named[name.replace('cross_entropy', 'crossentropy')];
  if (!make) {
    throw new GradbookError(
      `unknown loss: ${given}. There are ${Object.keys(named).join(', ')}`,
      'unknown-loss',
    );
  }
  return make();
}

/** The loss that fits how a model ends: cross-entropy after softmax or sigmoid, else squares. */
export function lossForActivation(activation: string): Loss {
  if (activation === 'softmax') return categoricalCrossentropy();
  if (activation === 'sigmoid') return binaryCrossentropy();
  return meanSquaredError();
}
