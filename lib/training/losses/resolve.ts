import { GradbookError, tf } from '../../runtime';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  perExampleMean,
  sparseCategoricalCrossentropy,
} from './cross-entropy';
import { binaryFocal, categoricalFocal } from './focal';
import type { Loss } from './loss';
import { meanSquaredError } from './mean-squared-error';
import { bceDice, dice } from './segmentation';
import { functionName, type LossFunction, snakeCase, stockLoss, stockLossNames } from './stock';

export type { LossFunction };

const named: Record<string, () => Loss> = {
  categorical_crossentropy: categoricalCrossentropy,
  sparse_categorical_crossentropy: sparseCategoricalCrossentropy,
  binary_crossentropy: binaryCrossentropy,
  mean_squared_error: meanSquaredError,
  mse: meanSquaredError,
  binary_focal_crossentropy: binaryFocal,
  binary_focal: binaryFocal,
  categorical_focal_crossentropy: categoricalFocal,
  categorical_focal: categoricalFocal,
  dice,
  bce_dice: bceDice,
};

/**
 * Finds a loss by its name, in camelCase or as Keras writes it.
 *
 * @throws GradbookError `unknown-loss`
 */
export function resolveLoss(given: string | Loss | LossFunction): Loss {
  if (typeof given === 'function') return lossOfFunction(functionName(given, 'loss'), given);
  if (typeof given !== 'string') {
    if (typeof given?.perExample === 'function' && typeof given.name === 'string') return given;
    throw new GradbookError(
      `loss ${JSON.stringify(given)}: give a name, a loss with name and perExample, or a function of labels and outputs`,
      'unknown-loss',
    );
  }
  const name = snakeCase(given).replace('cross_entropy', 'crossentropy');
  const make = Object.hasOwn(named, name) ? named[name] : undefined;
  if (make) return make();
  const stock = stockLoss(name);
  if (stock) return lossOfFunction(name, stock);
  throw new GradbookError(
    `unknown loss: ${given}. There are ${[...Object.keys(named), ...stockLossNames].join(', ')}`,
    'unknown-loss',
  );
}

/** A function returns one loss per example, per output, or for the batch. */
function lossOfFunction(name: string, compute: LossFunction): Loss {
  return {
    name,
    perExample({ labels, outputs }) {
      const losses = compute(labels, outputs);
      if (losses.rank > 0) return perExampleMean(losses);
      return tf.mul(losses, tf.ones([labels.shape[0]!]));
    },
  };
}

/** The default loss by the model's last activation: cross-entropy after softmax or sigmoid, else mean squared error. */
export function lossForActivation(activation: string): Loss {
  if (activation === 'softmax') return categoricalCrossentropy();
  if (activation === 'sigmoid') return binaryCrossentropy();
  return meanSquaredError();
}
