import { tf } from '../../runtime';
import { binaryCrossentropy, type CrossEntropyOptions } from './cross-entropy';
import type { Loss } from './loss';

const epsilon = 1e-7;

/**
 * One minus the Dice coefficient of each image, 1 − 2·Σ(t·p) / (Σt + Σp), over all its pixels and
 * channels (Milletari et al., "V-Net", 2016, with sums as in Keras). Class weights are not used.
 */
export function dice(): Loss {
  return {
    name: 'dice',
    perExample({ labels, outputs }) {
      const flat = [labels.shape[0]!, -1];
      const truth = labels.reshape(flat);
      const said = outputs.reshape(flat);
      const both = truth.mul(said).sum(1).mul(2);
      const either = truth.sum(1).add(said.sum(1)).add(epsilon);
      return tf.sub(1, both.div(either));
    },
  };
}

/**
 * Binary cross-entropy plus Dice loss: the first acts on each pixel, the second gives small and
 * large sprites the same weight.
 *
 * @param options.diceWeight weight of the Dice part. Default 1
 */
export function bceDice(options: CrossEntropyOptions & { diceWeight?: number } = {}): Loss {
  const { diceWeight = 1, ...crossEntropy } = options;
  const pixels = binaryCrossentropy(crossEntropy);
  const region = dice();
  return {
    name: 'bce_dice',
    weighsClasses: true,
    perExample(inputs) {
      return pixels.perExample(inputs).add(region.perExample(inputs).mul(diceWeight));
    },
  };
}
