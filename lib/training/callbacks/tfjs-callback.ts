import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import type { Logs } from '../history';
import { Callback, type RunningLogs, type TrainingState } from './callback';

type Maybe = void | Promise<void>;

/** A callback of tfjs's `model.fit`: an object with some of these handlers, or one of `tf.callbacks`. */
export interface TfjsCallback {
  onTrainBegin?(logs?: Logs): Maybe;
  onTrainEnd?(logs?: Logs): Maybe;
  onEpochBegin?(epoch: number, logs?: Logs): Maybe;
  onEpochEnd?(epoch: number, logs?: Logs): Maybe;
  onBatchBegin?(batch: number, logs?: Logs): Maybe;
  onBatchEnd?(batch: number, logs?: Logs): Maybe;
}

/** tfjs's own classes, which have further methods. */
interface TfjsClass extends TfjsCallback {
  setParams?(params: object): void;
  setModel?(model: LayersModel): void;
  /** The original handlers, if tfjs wrapped the object. */
  batchEnd?: unknown;
}

const handlers = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
] as const;

/**
 * Converts a callback for `model.fit` to one for `train`. Its logs are plain numbers; those of
 * `onBatchEnd` are the means of the epoch so far, as in Keras. Reading them waits for the device:
 * they are read only if `onBatchEnd` is given. `model.stopTraining = true` ends the training.
 *
 * @throws GradbookError `bad-option` for a value that is not a callback
 */
export function asCallback(given: Callback | TfjsCallback): Callback {
  if (given instanceof Callback) return given;
  const known = given && handlers.some((name) => typeof given[name] === 'function');
  if (!known) {
    throw new GradbookError(
      `callback ${describe(given)}: give a Callback such as EarlyStopping, one of tf.callbacks, or an object with some of ${handlers.join(', ')}`,
      'bad-option',
    );
  }
  if ('onYield' in given && (given as { onYield?: unknown }).onYield) {
    throw new GradbookError('onYield exists only in model.fit: give onBatchEnd', 'bad-option');
  }
  return new FromTfjs(given);
}

function describe(given: unknown): string {
  if (typeof given !== 'object' || given === null) return String(given);
  return `with ${Object.keys(given).join(', ') || 'nothing'}`;
}

function inner(model: LayersModel): LayersModel | undefined {
  return (model as unknown as { model?: LayersModel }).model;
}

class FromTfjs extends Callback {
  constructor(private readonly callback: TfjsClass) {
    super();
  }

  override attach(training: TrainingState): void {
    super.attach(training);
    const { model, history, epochs, initialEpoch, steps, metricDirections: figures } = training;
    const { batchSize, examples } = history.params;
    const metrics = [...figures.keys()];
    const doValidation = metrics.some((name) => name.startsWith('val_'));
    // A sequential model has the field in its inner model, which is created late.
    if (model instanceof tf.Sequential && !inner(model)) model.build();
    model.stopTraining = false;
    const params = { epochs, initialEpoch, steps, batchSize, samples: examples, metrics };
    this.callback.setParams?.({ ...params, doValidation, verbose: 0 });
    this.callback.setModel?.(model);
  }

  /** Checks whether the callback set `stopTraining`. */
  private async after(result: Maybe): Promise<void> {
    await result;
    if (this.training.model.stopTraining) this.training.stop();
  }

  private get wantsBatches(): boolean {
    if (!this.callback.setModel && !this.callback.setParams)
      return Boolean(this.callback.onBatchEnd);
    // tfjs's own classes have every method, most of them empty.
    return (
      Boolean(this.callback.batchEnd) ||
      Object.hasOwn(Object.getPrototypeOf(this.callback) as object, 'onBatchEnd')
    );
  }

  override onTrainBegin(): Maybe {
    return this.after(this.callback.onTrainBegin?.({}));
  }
  override onTrainEnd(): Maybe {
    return this.callback.onTrainEnd?.({});
  }
  override onEpochBegin(epoch: number): Maybe {
    return this.after(this.callback.onEpochBegin?.(epoch, {}));
  }
  override onEpochEnd(epoch: number, logs: Logs): Maybe {
    return this.after(this.callback.onEpochEnd?.(epoch, logs));
  }
  override onBatchBegin(batch: number): Maybe {
    const size = this.sizeOf(batch);
    return this.after(this.callback.onBatchBegin?.(batch, { batch, size }));
  }
  override onBatchEnd(batch: number, running: RunningLogs): Maybe {
    if (!this.wantsBatches) return undefined;
    const logs = { batch, size: this.sizeOf(batch), ...running.read() };
    return this.after(this.callback.onBatchEnd?.(batch, logs));
  }

  private sizeOf(batch: number): number {
    const { batchSize, examples } = this.training.history.params;
    return examples > 0 ? Math.min(batchSize, examples - batch * batchSize) : batchSize;
  }
}
