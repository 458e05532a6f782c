import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Examples } from '../data/types';
import { modelOutput, type Precision } from '../ops';
import { GradbookError, tf } from '../runtime';
import type { Size } from './batches';
import type { Callback } from './callbacks/callback';
import type { Loss } from './losses/loss';
import { type LossFunction, lossForActivation, resolveLoss } from './losses/resolve';
import type { Metric } from './metrics/metric';
import { type GivenMetric, resolveMetrics } from './metrics/resolve';

/** A name, a loss, or a function of labels and outputs. */
export type GivenLoss = string | Loss | LossFunction;

/** What a model is measured by. */
export interface MeasureOptions {
  /**
   * Name, loss or function of labels and outputs (such as those of `tf.losses`), or as for
   * `compile`, a list of one or an object with the output's name. Default: what the model was compiled with, else what fits its last activation:
   * cross-entropy for softmax and sigmoid, squared error otherwise.
   */
  loss?: GivenLoss | readonly GivenLoss[] | Readonly<Record<string, GivenLoss>>;
  /**
   * Names, metrics, or functions of labels and outputs (such as those of `tf.metrics`, which are
   * averaged over batches as in `model.fit`). Default: what the model was compiled with, else `accuracy` where the loss is
   * a cross-entropy.
   */
  metrics?: readonly GivenMetric[];
  /** Examples in a batch. Default 32. */
  batchSize?: number;
  /** What convolutions and dense products are computed in. Default `float32`. */
  precision?: Precision;
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
   * the same shape; `rows` are the batch's positions in the examples. Runs inside a `tf.tidy`, with
   * the generator of `random()` set for the step.
   */
  augment?: (batch: Tensor, rows: Int32Array) => Tensor;
  /**
   * Runs each op of a step by itself, as Keras's `runEagerly`. Default false: after the first steps,
   * the whole step runs as one function of TensorFlow, with the same results. Layers, losses and
   * metrics that read values or draw numbers in JavaScript are noticed, and one line tells that the
   * training goes on op by op.
   */
  runEagerly?: boolean;
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

/** The loss of a model with one output, from a list of one or an object with the output's name. */
function onlyEntry(given: MeasureOptions['loss'], model: LayersModel): GivenLoss | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'string' || typeof given === 'function') return given;
  if ('perExample' in given) return given as Loss;
  const output = model.outputNames[0]!;
  const entries = Array.isArray(given)
    ? given.map((loss) => [output, loss])
    : Object.entries(given);
  if (entries.length === 1 && entries[0]![0] === output) return entries[0]![1] as GivenLoss;
  throw new GradbookError(
    `losses for ${entries.map(([name]) => name).join(', ') || 'no output'}: the model has one output, ${output}: give one loss`,
    'bad-option',
  );
}

/** The metrics that the model was compiled with, in any form that `compile` takes. */
function compiledMetrics(given: unknown, model: LayersModel): GivenMetric[] {
  if (given === undefined || given === null) return [];
  if (typeof given === 'object' && !Array.isArray(given)) {
    return compiledMetrics((given as Record<string, unknown>)[model.outputNames[0]!], model);
  }
  return ([given] as unknown[]).flat(2) as GivenMetric[];
}

/** Finds loss and metrics from the options, from how the model was compiled, or from its shape. */
export function resolveMeasures(model: LayersModel, options: MeasureOptions): Measures {
  const compiled = model as unknown as { loss?: unknown; metrics?: unknown };
  const { units, activation } = modelOutput(model);
  const given = onlyEntry(options.loss ?? (compiled.loss as MeasureOptions['loss']), model);
  const loss = given ? resolveLoss(given) : lossForActivation(activation);
  const names = compiledMetrics(compiled.metrics, model);
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
