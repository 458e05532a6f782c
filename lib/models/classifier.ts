import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import type { Task } from '../data';
import { tf } from '../runtime';
import { apply, checkRate, checkWidths } from './blocks';

/** Options common to all classifiers of this folder. */
export interface ClassifierOptions {
  /** Name of the network. */
  name?: string;
  /** Shape of one image. Default `[64, 64, 3]`. */
  inputShape?: readonly [number, number, number];
  /** How many classes. Default 10. */
  classes?: number;
  /** `single`: softmax, one type per image; `multi`: one sigmoid per type. Default `single`. */
  task?: Task;
}

/** The options that shape a network's body. */
export interface BodyOptions extends ClassifierOptions {
  /** Weight of the L2 penalty on every kernel but the last; 0 for none. */
  l2?: number;
  /** Share of units dropped after each dense layer, in [0, 1). */
  dropout?: number;
  /** Batch normalisation after every kernel but the last. */
  batchNorm?: boolean;
  /**
   * Momentum of batch norm's moving statistics, in [0, 1). Default 0.99, as in Keras; with few
   * steps per epoch use a smaller value, so that validation follows the training.
   */
  momentum?: number;
}

/** Adds input and output layers to a network's body. */
export function classifier(
  options: ClassifierOptions & { name: string },
  body: (input: SymbolicTensor) => SymbolicTensor,
): LayersModel {
  const { name, inputShape = [64, 64, 3], classes = 10, task = 'single' } = options;
  checkWidths('inputShape', inputShape);
  checkWidths('classes', [classes]);
  const input = tf.input({ shape: [...inputShape], name: 'image' });
  const activation = task === 'multi' ? 'sigmoid' : 'softmax';
  const output = tf.layers.dense({ name: 'types', units: classes, activation });
  return tf.model({ inputs: input, outputs: apply(output, body(input)), name });
}

/** Checks the numbers that every body has. */
export function checkBody(options: { l2: number; dropout: number; momentum: number }): void {
  checkRate('l2', options.l2, Number.POSITIVE_INFINITY);
  checkRate('dropout', options.dropout);
  checkRate('momentum', options.momentum);
}
