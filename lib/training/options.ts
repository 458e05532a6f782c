import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { ModelExamples } from '../data';
import { modelOutputs, type Precision } from '../ops';
import { GradbookError, tf } from '../runtime';
import type { Augment } from './augment';
import type { Size } from './batches';
import type { Callback } from './callbacks/callback';
import type { TfjsCallback } from './callbacks/tfjs-callback';
import type { ClipOptions } from './clip';
import type { Loss } from './losses/loss';
import { type LossFunction, lossForActivation, resolveLoss } from './losses/resolve';
import type { Metric } from './metrics/metric';
import { type GivenMetric, resolveMetrics } from './metrics/resolve';
import { namesOf } from './outputs';

/** A name, a loss, or a function of labels and outputs. */
export type GivenLoss = string | Loss | LossFunction;

/** What a model is measured by. */
export interface EvaluateOptions {
  /**
   * Name, loss or function of labels and outputs (such as those of `tf.losses`): one for all
   * outputs, a list in their order, or an object by their names. Default: what the model was compiled with, else what fits its last activation:
   * cross-entropy for softmax and sigmoid, squared error otherwise.
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
   * What the loss of each output counts in the sum, in the outputs' order or by name, as in Keras's
   * `compile`. Default: all 1.
   */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /** Examples in a batch. Default 32. */
  batchSize?: number;
  /** What convolutions and dense products are computed in. Default that of `setPrecision`: float32. */
  precision?: Precision;
  /** Resizes pictures to height and width on the device, such as `[224, 224]`. Default: as they are. */
  resize?: Size;
  /**
   * Runs each batch op by op, as Keras's option of `compile` does, and not as one function of
   * TensorFlow. The results are the same; an error in a layer is easier to find. Default false.
   */
  runEagerly?: boolean;
}

export interface TrainOptions extends EvaluateOptions, ClipOptions {
  /** How many epochs, counted from 0 also when `initialEpoch` is later. */
  epochs: number;
  /** Measured after each epoch, as `val_loss` and so on. Default: none. */
  validationData?: ModelExamples;
  /**
   * A name (`sgd`, `adagrad`, `rmsprop`, `adam`, `adamw`) or an optimizer, which stays the caller's.
   * Default: the one the model was compiled with, else `adam`. One made from a name starts afresh
   * with every call.
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
   * metrics that read values or draw numbers in JavaScript are noticed, and one line tells that the
   * training goes on op by op.
   */
  runEagerly?: boolean;
  /** 1 shows progress, 0 shows nothing but what callbacks print. Default 1. */
  verbose?: 0 | 1;
  /** What the progress bar says is being done. Default `training <model's name>`. */
  label?: string;
}

/** How one output of a model is measured, found. */
export interface CompiledOutput {
  name: string;
  /** What stands before its keys in the history: nothing where the model has one output. */
  prefix: string;
  loss: Loss;
  /** Share of the loss in the whole. */
  lossWeight: number;
  metrics: Metric[];
  /** Size of the output's last dimension. */
  units: number;
}

/** Losses and metrics of all outputs, in the model's order. */
export interface CompiledOutputs {
  outputs: CompiledOutput[];
}

/** An entry for each output: from one for all, from a list, or from an object by name. */
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

/** Finds losses and metrics from the options, from how the model was compiled, or from its shape. */
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

/** What `compile` was given; undefined where that is nothing. */
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
          `two figures are called ${prefix}${name}: give one of the metrics a name of its own`,
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
