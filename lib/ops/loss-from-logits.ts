import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './cross-entropy';
import {
  flattenLayer,
  type LogitActivation,
  logitsOf,
  reshapeLayer,
  sigmoidActivation,
  softmaxActivation,
} from './logits';
import { methodPatch } from './patch';
import type { Replacement } from './switches';

type Loss = (labels: Tensor, output: Tensor) => Tensor;

interface CompiledModel {
  loss: string | string[] | Record<string, string> | undefined;
  outputNames: string[];
  lossFunctions: Loss[];
}

function sparseSoftmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor {
  const classes = logits.shape[logits.rank - 1]!;
  const indices = tf.reshape(tf.cast(labels, 'int32'), logits.shape.slice(0, -1));
  return softmaxCrossEntropy(tf.oneHot(indices, classes), logits);
}

const fromLogits: Record<string, { loss: Loss; activation: LogitActivation }> = {
  categoricalCrossentropy: { loss: softmaxCrossEntropy, activation: 'softmax' },
  sparseCategoricalCrossentropy: { loss: sparseSoftmaxCrossEntropy, activation: 'softmax' },
  binaryCrossentropy: { loss: sigmoidCrossEntropy, activation: 'sigmoid' },
};

/** The loss from the logits where the output keeps those of the matching activation, else tfjs's own from the output. */
function preferLogits(name: string | undefined, stock: Loss): Loss {
  const known = fromLogits[name ?? ''];
  if (!known) return stock;
  return (labels, output) => {
    const logits = logitsOf(output, known.activation);
    return logits ? tf.tidy(() => known.loss(labels, logits)) : stock(labels, output);
  };
}

// Only what computes the loss is replaced: `model.loss` and the functions that tfjs compares to
// choose metrics and check shapes stay, so that saving and loading models is unchanged.
const compile = methodPatch<CompiledModel, [object], void>(
  () => tf.LayersModel.prototype,
  'compile',
  (original, model, [args]) => {
    original.call(model, args);
    const { loss, outputNames } = model;
    model.lossFunctions = model.lossFunctions.map((stock, i) => {
      if (typeof loss === 'string') return preferLogits(loss, stock);
      if (Array.isArray(loss)) return preferLogits(loss[i], stock);
      return preferLogits((loss as Record<string, string> | undefined)?.[outputNames[i]!], stock);
    });
  },
);

/** Cross-entropies named in `compile` are taken from the logits of softmax and sigmoid outputs. */
export const lossFromLogits: Replacement = {
  enable() {
    softmaxActivation.enable();
    sigmoidActivation.enable();
    reshapeLayer.enable();
    flattenLayer.enable();
    compile.enable();
  },
  disable() {
    softmaxActivation.disable();
    sigmoidActivation.disable();
    reshapeLayer.disable();
    flattenLayer.disable();
    compile.disable();
  },
};
