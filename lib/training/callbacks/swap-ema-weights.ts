import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import { restore, type StoredTensor, store } from '../weights';
import { Callback, type CallbackState, type TrainingState } from './callback';

export interface SwapEMAWeightsOptions {
  /**
   * Weight of the old average at each step; at least 0 and below 1. The average covers about `1 /
   * (1 - emaMomentum)` steps: for short trainings use 0.9 or 0.95. Default 0.99, as of Keras's
   * optimizers.
   */
  emaMomentum?: number;
  /**
   * Whether the model has the averages at the end of an epoch too, so that `EarlyStopping` keeps
   * and `ModelCheckpoint` saves what was validated. Default true. (Keras's default is false: there
   * `restoreBestWeights` restores weights that were never validated.)
   */
  swapOnEpoch?: boolean;
  /**
   * Whether moving statistics of batch normalisation are averaged like weights. Default true; Keras
   * averages trainable weights only, so that the moving statistics do not match the averaged
   * weights.
   */
  averageStatistics?: boolean;
}

/**
 * Keeps an exponential moving average of the weights, validates with it, and assigns it to the
 * model when training ends (Keras's `SwapEMAWeights` with an optimizer of `use_ema=True`; Polyak
 * and Juditsky, "Acceleration of stochastic approximation by averaging", 1992). After each step
 * `average = emaMomentum · average + (1 - emaMomentum) · weight`; the first step sets it to the
 * weight. Constraints are applied before a weight is averaged, and not to the average.
 *
 * Training itself continues with the weights, which are restored after each validation, and after
 * an error. The callback runs before the others, wherever it is in the list. A backup includes the
 * averages.
 *
 * @throws GradbookError `bad-option`
 */
export class SwapEMAWeights extends Callback {
  override readonly first = true;
  private readonly options: Required<SwapEMAWeightsOptions>;
  /** The averages, or the weights while the averages are in the model. */
  private averages: Tensor[] | null = null;
  private swapped = false;
  private variables: Variable[] = [];

  constructor(options: SwapEMAWeightsOptions = {}) {
    super();
    const { emaMomentum = 0.99, swapOnEpoch = true, averageStatistics = true } = options;
    if (!(emaMomentum >= 0 && emaMomentum < 1)) {
      throw new GradbookError(
        `emaMomentum ${emaMomentum}: give a number of at least 0 and below 1`,
        'bad-option',
      );
    }
    this.options = { emaMomentum, swapOnEpoch, averageStatistics };
  }

  override attach(training: TrainingState): void {
    super.attach(training);
    this.variables = averaged(training.model, this.options.averageStatistics);
  }

  override onTrainBegin(): void {
    this.dispose();
  }

  override onBatchEnd(): void {
    const { averages, variables } = this;
    const share = 1 - this.options.emaMomentum;
    this.averages = variables.map((variable, i) =>
      tf.keep(tf.tidy(() => moved(averages?.[i], variable, share))),
    );
    tf.dispose(averages ?? []);
  }

  override onTestBegin(): void {
    this.putAverages(true);
  }

  override onTestEnd(): void {
    this.putAverages(false);
  }

  override onEpochEnd(): void {
    if (this.options.swapOnEpoch) this.putAverages(true);
  }

  override onEpochRecorded(): void {
    this.putAverages(false);
  }

  override onTrainEnd(): void {
    this.putAverages(true);
    this.dispose();
  }

  override onTrainClosed(): void {
    this.putAverages(false);
    this.dispose();
  }

  /** Swaps weights and averages without copying, if necessary. */
  private putAverages(wanted: boolean): void {
    const { averages, variables, swapped } = this;
    if (swapped === wanted || !averages) return;
    this.averages = variables.map((variable, i) => {
      const own = tf.keep(tf.clone(variable as Tensor));
      // Not with LayerVariable.write, which would apply the constraint.
      variable.assign(averages[i]!);
      return own;
    });
    tf.dispose(averages);
    this.swapped = wanted;
  }

  private dispose(): void {
    tf.dispose(this.averages ?? []);
    this.averages = null;
    this.swapped = false;
  }

  override getState(): CallbackState {
    return { averages: this.averages?.map(store) ?? null, swapped: this.swapped };
  }

  override setState(state: CallbackState): void {
    const { averages, swapped } = state as { averages: StoredTensor[] | null; swapped: boolean };
    this.dispose();
    this.averages = averages?.map((average) => tf.keep(restore(average))) ?? null;
    this.swapped = swapped;
  }
}

function moved(average: Tensor | undefined, weight: Variable, share: number): Tensor {
  if (!average) return tf.clone(weight as Tensor);
  return tf.add(average, tf.mul(tf.sub(weight, average), share));
}

/** The trainable weights, each once; with moving statistics if requested. */
function averaged(model: LayersModel, statistics: boolean): Variable[] {
  const weights = statistics ? model.weights : model.trainableWeights;
  const variables = weights.map((weight) => (weight as unknown as { val: Variable }).val);
  return [...new Set(variables)].filter(({ dtype }) => dtype === 'float32');
}
