import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import { modelOutputs, type Precision } from '../ops';
import { GradbookError, tf } from '../runtime';
import type { Augment } from './augment';
import type { Size } from './batches';
import type { Callback } from './callbacks/callback';
import type { TfjsCallback } from './callbacks/tfjs-callback';
import type { ClipOptions } from './clip';
import type { TrainingData } from './feed/batch-stream';
import type { Loss } from './losses/loss';
import { type LossFunction, lossForActivation, resolveLoss } from './losses/resolve';
import type { Metric } from './metrics/metric';
import { type GivenMetric, resolveMetrics } from './metrics/resolve';
import { namesOf } from './outputs';

/** A name, a loss, or a function of labels and outputs. */
export type GivenLoss = string | Loss | LossFunction;

/** Loss and metrics of a model. */
export interface EvaluateOptions {
  /**
   * Name, loss or function of labels and outputs (such as those of `tf.losses`): one for all
   * outputs, a list in their order, or an object by their names. Default: what the model was
   * compiled with, else by its last activation: cross-entropy for softmax and sigmoid, squared
   * error otherwise.
   */
  loss?: GivenLoss | readonly GivenLoss[] | Readonly<Record<string, GivenLoss>>;
  /**
   * Names, metrics, or functions of labels and outputs (such as those of `tf.metrics`, which are
   * averaged over batches as in `model.fit`): one list for all outputs, or as for `loss`, a list for
   * each. With several outputs, the history has them as `<output>_<metric>`. Default: what the model was compiled with, else `accuracy` where the loss is
   * a cross-entropy.
   */
  metrics?:
    | readonly (GivenMetric | readonly GivenMetric[])[]
    | Readonly<Record<string, GivenMetric | readonly GivenMetric[]>>;
  /**
   * Weight of each output's loss in the sum, in the outputs' order or by name, as in Keras's
   * `compile`. Default: all 1.
   */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /** Examples in a batch; left out for a stream, which comes in batches. Default 32. */
  batchSize?: number;
  /** Precision of convolutions and dense products. Default that of `setPrecision`: float32. */
  precision?: Precision;
  /** Resizes images to height and width on the device, such as `[224, 224]`. Default: no resizing. */
  resize?: Size;
  /**
   * Runs each batch op by op, as Keras's option of `compile` does, and not as one function of
   * TensorFlow. The results are the same; errors in a layer are easier to find. Default false.
   */
  runEagerly?: boolean;
  /**
   * How many batches of a stream, or of rows on disk, are fetched while the device works on another;
   * so many are held in memory. 0 fetches each when it is needed. Default 2.
   */
  prefetch?: number;
}

export interface TrainOptions extends EvaluateOptions, ClipOptions {
  /** How many epochs, counted from 0 also when `initialEpoch` is later. */
  epochs: number;
  /** Measured after each epoch, as `val_loss` and so on. Default: none. */
  validationData?: TrainingData;
  /**
   * Batches of an epoch, as Keras's `steps_per_epoch`: the next epoch continues where this one stopped.
   * Needed where a stream never ends. Default: all there are.
   */
  stepsPerEpoch?: number;
  /**
   * Batches that validation takes, each time from the beginning, as Keras's `validation_steps`.
   * Default: all there are.
   */
  validationSteps?: number;
  /**
   * A name (`sgd`, `adagrad`, `rmsprop`, `adam`, `adamw`) or an optimizer, which belongs to the
   * caller. Default: the one the model was compiled with, else `adam`. One made from a name starts
   * with empty slots in every call.
   */
  optimizer?: string | Optimizer;
  /** Learning rate to begin with. Default: the optimizer's own. */
  learningRate?: number;
  /**
   * Called in this order, after which the history is written: those of this workspace, of
   * `tf.callbacks`, or objects with handlers as for `model.fit`. Default: none.
   */
  callbacks?: readonly (Callback | TfjsCallback)[];
  /**
   * Weight of each class in the loss, by index: a list, or an object such as `{ 3: 2 }` in which
   * missing ones are 1. Not used in validation, as in Keras. Default: all 1.
   */
  classWeight?: readonly number[] | Readonly<Record<number, number>>;
  /**
   * Seed of shuffles, dropout and augmentation. Default: drawn from `setSeed`'s generator, so that
   * a notebook with a seed is reproducible.
   */
  seed?: number;
  /** Whether to shuffle the examples each epoch. Default true. */
  shuffle?: boolean;
  /** Index of the first epoch, to continue an earlier training. Default 0. */
  initialEpoch?: number;
  /**
   * How many batches a step of the optimizer is made from: the weights move by the mean of their
   * gradients, as with Keras's `gradient_accumulation_steps`, on past the end of an epoch. Gradients
   * that wait when the training ends are dropped. Default 1.
   */
  gradientAccumulationSteps?: number;
  /**
   * Changes each training batch, float32 `[batch, ...]` after scaling and resizing, into another of
   * the same shape; `rows` are the batch's positions in the examples. A function of three parameters
   * `(x, y, rows)` is given inputs and targets, gives both as `{ x, y }`, and may change their
   * number. With several inputs or outputs it is given lists, where one of `(batch, rows)` is called
   * for each input. Runs inside a `tf.tidy`, with the generator of `random()` set for the step.
   */
  augment?: Augment;
  /**
   * Runs each op of a step by itself, as Keras's `runEagerly`. Default false: after the first steps,
   * the whole step runs as one function of TensorFlow, with the same results. Layers, losses and
   * metrics that read values or draw random numbers in JavaScript are detected: then the training
   * continues op by op and prints why.
   */
  runEagerly?: boolean;
  /** 1 shows progress, 0 only the output of callbacks. Default 1. */
  verbose?: 0 | 1;
  /** Label of the progress bar. Default `training <model's name>`. */
  label?: string;
}

/** Resolved loss and metrics of one output. */
export interface CompiledOutput {
  name: string;
  /** Prefix of its keys in the history: empty where the model has one output. */
  prefix: string;
  loss: Loss;
  /** Weight of the loss in the sum. */
  lossWeight: number;
  metrics: Metric[];
  /** Size of the output's last dimension. */
  units: number;
}

/** Losses and metrics of all outputs, in the model's order. */
export interface CompiledOutputs {
  outputs: CompiledOutput[];
}

/** An entry for each output: from one for all, a list, or an object by name. */
function perOutput<T>(
  given: unknown,
  names: readonly string[],
  what: string,
  isOne: (given: unknown) => boolean,
): (T | undefined)[] {
  if (given === undefined || given === null) return names.map(() => undefined);
  if (isOne(given)) return names.map(() => given as T);
  const list = Array.isArray(given) ? given : undefined;
  const keys = list ? names.slice(0, list.length) : Object.keys(given);
  const unknown = keys.filter((key) => !names.includes(key));
  if (unknown.length > 0 || (list ?? names).length !== names.length) {
    const outputs = names.length === 1 ? 'one output' : `${names.length} outputs`;
    throw new GradbookError(
      `${what} for ${list ? `${list.length} outputs` : keys.join(', ') || 'no output'}: the model has ${outputs}, ${names.join(', ')}: give one for each`,
      'bad-option',
    );
  }
  return names.map((name, i) => (list ? list[i] : (given as Record<string, unknown>)[name]) as T);
}

function isLoss(given: unknown): boolean {
  if (typeof given === 'string' || typeof given === 'function') return true;
  return 'perExample' in (given as object);
}

/** A flat list of metrics is for all outputs; a list of lists has one for each. */
function isMetricList(given: unknown): boolean {
  if (!Array.isArray(given)) return typeof given === 'string' || typeof given === 'function';
  return !given.some((entry) => Array.isArray(entry));
}

/** Resolves losses and metrics from the options, the compiled model, or its last activations. */
export function resolveOutputs(model: LayersModel, options: EvaluateOptions): CompiledOutputs {
  const compiled = model as unknown as { loss?: unknown; metrics?: unknown };
  const names = namesOf(model, 'outputs');
  const losses = perOutput<GivenLoss>(options.loss ?? compiled.loss, names, 'losses', isLoss);
  const ownMetrics = compiledMetrics(compiled.metrics);
  const metrics = perOutput<GivenMetric | readonly GivenMetric[]>(
    options.metrics ?? ownMetrics,
    names,
    'metrics',
    isMetricList,
  );
  const isNumber = (given: unknown) => typeof given === 'number';
  const weights = perOutput<number>(options.lossWeights, names, 'lossWeights', isNumber);
  const ends = modelOutputs(model);
  const outputs = names.map((name, i) => {
    const { units, activation } = ends[i]!;
    const given = losses[i];
    const loss = given ? resolveLoss(given) : lossForActivation(activation);
    const usual = loss.name.endsWith('crossentropy') ? ['accuracy'] : [];
    const wanted = metrics[i] === undefined ? usual : [metrics[i]!].flat();
    const lossWeight = weights[i] ?? 1;
    if (!(lossWeight >= 0 && Number.isFinite(lossWeight))) {
      throw new GradbookError(
        `loss weight ${lossWeight} of ${name}: give a number of at least 0`,
        'bad-option',
      );
    }
    const prefix = names.length > 1 ? `${name}_` : '';
    return { name, prefix, loss, lossWeight, metrics: resolveMetrics(wanted, units), units };
  });
  checkKeys(outputs);
  return { outputs };
}

/** The arguments of `compile`; undefined where there are none. */
function compiledMetrics(given: unknown): unknown {
  return Array.isArray(given) && given.flat().length === 0 ? undefined : given;
}

function checkKeys(outputs: readonly CompiledOutput[]): void {
  const losses = outputs.length > 1 ? outputs.map(({ name }) => `${name}_loss`) : [];
  const seen = new Set(['loss', ...losses]);
  for (const { metrics, prefix } of outputs) {
    for (const { name } of metrics) {
      if (seen.has(prefix + name)) {
        throw new GradbookError(
          `two metrics are called ${prefix}${name}: give one of them another name`,
          'bad-option',
        );
      }
      seen.add(prefix + name);
    }
  }
}

/** The class weights as `[classes]`, or undefined. The tensor belongs to the caller. */
export function classWeightTensor(
  classWeight: TrainOptions['classWeight'],
  { outputs }: CompiledOutputs,
): Tensor | undefined {
  if (!classWeight) return undefined;
  const [{ units }] = outputs as [CompiledOutput];
  if (outputs.length > 1) {
    throw new GradbookError(
      `class weights for ${outputs.length} outputs: give sampleWeight by the output's name instead`,
      'bad-option',
    );
  }
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
