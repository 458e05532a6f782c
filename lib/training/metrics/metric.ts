import type { DataType, Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../runtime';
import { restore, type StoredTensor, store } from '../weights';

/**
 * A metric. It is stateless: `measure` reduces a batch to a few numbers on the device, an
 * `Accumulator` collects them, and `values` computes the result when it is read.
 */
export interface Metric {
  /** Name in the history, such as `accuracy`. */
  readonly name: string;
  /** Which direction is better: `up` or `down`. */
  readonly direction: 'up' | 'down';
  /** `sum` adds the results of the batches, `rows` concatenates them. Default `sum`. */
  readonly collect?: 'sum' | 'rows';
  /** Takes integer labels as given, not one-hot. */
  readonly givenLabels?: boolean;
  /** Throws GradbookError `bad-option` when the metric is not defined for this number of units. */
  check?(units: number): void;
  /** Keys in the history for this number of units. Default `[name]`. */
  keys?(units: number): string[];
  /**
   * Measures one batch, on the device. Runs inside a `tf.tidy`.
   *
   * @param labels float32 `[batch, ..., units]`
   * @param outputs float32, the same shape: the model's outputs
   */
  measure(labels: Tensor, outputs: Tensor): Tensor;
  /** The values, one for each key, from the collected numbers. */
  values(collected: StoredTensor): number[];
}

/** The keys that a metric writes into the history. */
export function metricKeys(metric: Metric, units: number): string[] {
  return metric.keys?.(units) ?? [metric.name];
}

/** Collects one metric over batches, on the device, without waiting for it. Dispose after use. */
export class Accumulator {
  private parts: Tensor[] = [];
  private zeros: { shape: number[]; dtype: DataType } | undefined;

  constructor(readonly metric: Metric) {}

  /** Adds a batch. Does not dispose of `labels` and `outputs`. */
  update(labels: Tensor, outputs: Tensor): void {
    tf.tidy(() => this.put(this.next(this.carried(), labels, outputs)));
  }

  /**
   * The sum so far, for `next`: zeros before the first batch. Undefined before the very first
   * batch, when its shape is not known, and for rows, which are not summed. Call inside a
   * `tf.tidy`.
   */
  carried(): Tensor | undefined {
    if (this.metric.collect === 'rows') return undefined;
    const { zeros, parts } = this;
    return parts[0] ?? (zeros && tf.zeros(zeros.shape, zeros.dtype));
  }

  /** The new value for `put` after a batch. Changes nothing. Call inside a `tf.tidy`. */
  next(carried: Tensor | undefined, labels: Tensor, outputs: Tensor): Tensor {
    const measured = tf.tidy(() => this.metric.measure(labels, outputs));
    return carried ? tf.add(carried, measured) : measured;
  }

  /** Stores the result of `next`. */
  put(value: Tensor): void {
    const kept = tf.keep(tf.clone(value));
    if (this.metric.collect === 'rows') {
      this.parts.push(kept);
      return;
    }
    tf.dispose(this.parts);
    this.parts = [kept];
    this.zeros = { shape: [...value.shape], dtype: value.dtype };
  }

  /** The values so far; NaN before the first batch. Waits for the device. */
  read(keys: number): number[] {
    const collected = this.getState();
    return collected ? this.metric.values(collected) : new Array(keys).fill(Number.NaN);
  }

  /** The collected numbers, or null before the first batch. */
  getState(): StoredTensor | null {
    if (this.parts.length === 0) return null;
    if (this.parts.length > 1) {
      const whole = tf.keep(tf.concat(this.parts));
      this.dispose();
      this.parts = [whole];
    }
    return store(this.parts[0]!);
  }

  /** Restores the state of `getState`. */
  setState(state: StoredTensor | null): void {
    this.dispose();
    if (state) this.parts = [tf.keep(restore(state))];
  }

  /** Frees the tensors; the next batch starts a new accumulation. */
  dispose(): void {
    tf.dispose(this.parts);
    this.parts = [];
  }
}
