import { GradbookError } from '../runtime';
import type { Schedule } from './callbacks/learning-rate-scheduler';

/** Half a cosine from `from` to `to` for `share` from 0 to 1. */
function cosineStep(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * Math.min(1, Math.max(0, share))));
}

export interface CosineOptions {
  /** Learning rate after the warm-up. */
  learningRate: number;
  /** Total number of epochs, warm-up included. */
  epochs: number;
  /** Epochs of linear warm-up from 0. Default 0. */
  warmup?: number;
  /** Learning rate at the end. Default 0. */
  end?: number;
}

/** Linear warm-up, then cosine decay (Loshchilov and Hutter, "SGDR", 2017, without restarts). */
export function cosine({ learningRate, epochs, warmup = 0, end = 0 }: CosineOptions): Schedule {
  check({ learningRate, epochs });
  return (epoch) => {
    if (epoch < warmup) return (learningRate * epoch) / warmup;
    return cosineStep(learningRate, end, (epoch - warmup) / Math.max(epochs - warmup, 1e-9));
  };
}

export interface OneCycleOptions {
  /** The highest learning rate. */
  maxLearningRate: number;
  /** Total number of epochs. */
  epochs: number;
  /** Fraction of the epochs with increasing rate. Default 0.3. */
  climb?: number;
  /** The first learning rate is the highest divided by this. Default 25. */
  startDivisor?: number;
  /** The last learning rate is the first divided by this. Default 1e4. */
  endDivisor?: number;
}

/**
 * The one-cycle schedule: up and down along two half cosines (Smith and Topin, "Super-Convergence",
 * 2018, with the defaults of PyTorch's `OneCycleLR`). For `new LearningRateScheduler({ schedule,
 * per: 'batch' })`.
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const { maxLearningRate, epochs, climb = 0.3, startDivisor = 25, endDivisor = 1e4 } = options;
  check({ maxLearningRate, epochs });
  const start = maxLearningRate / startDivisor;
  const top = climb * epochs;
  return (epoch) =>
    epoch < top
      ? cosineStep(start, maxLearningRate, epoch / top)
      : cosineStep(maxLearningRate, start / endDivisor, (epoch - top) / (epochs - top));
}

export interface CoolDownOptions {
  /** Total number of epochs. */
  epochs: number;
  /** Number of final epochs with decreasing rate. */
  last: number;
}

/**
 * A constant learning rate, then a linear decay to 0 over the last epochs ("cooldown", Hägele et
 * al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations", 2024). It
 * multiplies the current rate, so that it can be combined with `ReduceLROnPlateau`.
 *
 * @example
 * new LearningRateScheduler({ schedule: schedules.coolDown({ epochs: 12, last: 6 }), per: 'batch' });
 */
export function coolDown({ epochs, last }: CoolDownOptions): Schedule {
  check({ epochs, last });
  return (epoch, learningRate, step) => {
    const left = epochs - epoch;
    return left < last ? (learningRate * left) / (left + step) : learningRate;
  };
}

function check(options: Record<string, number>): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(value > 0)) throw new GradbookError(`${name} ${value}: give one above 0`, 'bad-option');
  }
}
