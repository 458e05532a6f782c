import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Examples } from '../data/types';
import { GradbookError, tf } from '../runtime';
import type { Size } from './batches';
import type { Callback } from './callbacks/callback';
import type { Loss } from './losses/loss';
import { type LossFunction, lossForActivation, resolveLoss } from './losses/resolve';
import type { Metric } from './metrics/metric';
import { resolveMetrics } from './metrics/resolve';
import { outputActivation } from './outputs';

/** What a model is measured by. */
export interface MeasureOptions {
  /**
   * Name or loss. Default: what the model was compiled with, else what fits its last activation:
   * cross-entropy for softmax and sigmoid, squared error otherwise.
   */
  loss?: string | Loss | LossFunction;
  /**
   * Names or metrics. Default: what the model was compiled with, else `accuracy` where the loss is
   * a cross-entropy.
   */
  metrics?: readonly (string | Metric)[];
  /** Examples in a batch. Default 32. */
  batchSize?: number;
  /** Resizes pictures to height and width on the device, such as `[224, 224]`. Default: as they are. */
  resize?: Size;
}

export interface TrainOptions extends MeasureOptions {
  /** How many epochs, counted from 0 also when `initialEpoch` is later. */
  epochs: number;
  /** Measured after each epoch, as `val_loss` and so on. Default: none. */
  validation?: Examples;
  /**
   * A name (`sgd`, `adagrad`, `rmsprop`, `adam`, `adamw`) or an optimizer, which stays the caller's.
   * Default: the one the model was compiled with, else `adam`. One made from a name starts afresh
   * with every call.
   */
  optimizer?: string | Optimizer;
  /** Learning rate to begin with. Default: the optimizer's own. */
  learningRate?: number;
  /** Called in this order, after which the history is written. Default: none. */
  callbacks?: readonly Callback[];
  /**
   * Weight of each class in the loss, by index: a list, or an object such as `{ 3: 2 }` in which
   * those left out count 1. Validation
   * does without them, as in Keras. Default: all 1.
   */
  classWeight?: readonly number[] | Readonly<Record<number, number>>;
  /**
   * Seed of shuffles, dropout and augmentation. Default: drawn from `setSeed`'s generator, so that
   * a notebook with a seed repeats itself.
   */
  seed?: number;
  /** Whether the examples come in a new order each epoch. Default true. */
  shuffle?: boolean;
  /** Number of the first epoch, when going on from earlier training. Default 0. */
  initialEpoch?: number;
  /**
   * Changes each training batch, float32 `[batch, ...]` after scaling and resizing, into another of
   * the same shape. Runs inside a `tf.tidy`, with the generator of `random()` set for the step.
   */
  augment?: (batch: Tensor) => Tensor;
  /** 1 shows progress, 0 shows nothing but what callbacks print. Default 1. */
  verbose?: 0 | 1;
  /** What the progress bar says is being done. Default `training <model's name>`. */
  label?: string;
}

/** Loss and metrics, found. */
export interface Measures {
  loss: Loss;
  metrics: Metric[];
  /** Size of the last dimension of the model's output. */
  units: number;
}

/** Finds loss and metrics from the options, from how the model was compiled, or from its shape. */
export function resolveMeasures(model: LayersModel, options: MeasureOptions): Measures {
  const compiled = model as unknown as { loss?: unknown; metrics?: unknown };
  const units = model.outputs[0]!.shape.at(-1) ?? 1;
  const given = options.loss ?? (compiled.loss as MeasureOptions['loss']);
  const loss = given ? resolveLoss(given) : lossForActivation(outputActivation(model));
  const compiledMetrics = [compiled.metrics ?? []].flat();
  const names = compiledMetrics.filter((m): m is string => typeof m === 'string');
  const usual = loss.name.endsWith('crossentropy') ? ['accuracy'] : [];
  const wanted = options.metrics ?? (names.length > 0 ? names : usual);
  const metrics = resolveMetrics(wanted, units);
  const seen = new Set<string>();
  for (const { name } of metrics) {
    if (seen.has(name) || name === 'loss') {
      throw new GradbookError(
        `two figures are called ${name}: give one of the metrics a name of its own`,
        'bad-option',
      );
    }
    seen.add(name);
  }
  return { loss, metrics, units };
}

/** The class weights as `[classes]`, or undefined. The tensor belongs to the caller. */
export function classWeightTensor(
  classWeight: TrainOptions['classWeight'],
  units: number,
): Tensor | undefined {
  if (!classWeight) return undefined;
  const classes = Math.max(units, 2);
  const weights = new Array<number>(classes).fill(1);
  for (const [key, weight] of Object.entries(classWeight)) {
    const index = Number(key);
    if (!(Number.isInteger(index) && index >= 0 && index < classes && weight >= 0)) {
      throw new GradbookError(
        `class weight ${weight} of class ${key}: give weights of at least 0 for the classes 0 to ${classes - 1}`,
        'bad-option',
      );
    }
    weights[index] = weight;
  }
  return tf.tensor1d(weights);
}
