import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import type { State } from './callbacks/callback';
import type { Logs } from './history';
import { Accumulator, type Metric, metricKeys } from './metrics/metric';
import type { StoredTensor } from './weights';

const meanLoss: Metric = {
  name: 'loss',
  direction: 'down',
  measure: (total, count) => tf.stack([total, count]),
  values: ({ values }) => [values[0]! / values[1]!],
};

/**
 * Loss and metrics of the epoch so far, kept on the device: nothing waits for it until somebody
 * reads. Dispose after use.
 */
export class Figures {
  private readonly loss = new Accumulator(meanLoss);
  private readonly accumulators: Accumulator[];

  /** @param units size of the last dimension of the model's output */
  constructor(
    metrics: readonly Metric[],
    private readonly units: number,
  ) {
    this.accumulators = metrics.map((metric) => new Accumulator(metric));
  }

  /**
   * Adds a batch.
   *
   * @param loss scalar, mean over the batch; null leaves the loss alone
   */
  add(loss: Tensor | null, labels: Tensor, outputs: Tensor): void {
    tf.tidy(() => this.put(this.next(this.carried(), loss, labels, outputs)));
  }

  /** What is carried from batch to batch, for `next`. Call inside a `tf.tidy`. */
  carried(): (Tensor | undefined)[] {
    return this.all.map((accumulator) => accumulator.carried());
  }

  /** What `put` takes after a batch. Changes nothing. Call inside a `tf.tidy`. */
  next(
    carried: readonly (Tensor | undefined)[],
    loss: Tensor | null,
    labels: Tensor,
    outputs: Tensor,
  ): Tensor[] {
    const [lossCarried, ...others] = carried;
    const measured = this.accumulators.map((accumulator, i) =>
      accumulator.next(others[i], labels, outputs),
    );
    if (!loss) return measured;
    const count = tf.scalar(labels.shape[0]!);
    return [this.loss.next(lossCarried, loss.mul(count), count), ...measured];
  }

  /** Takes over what `next` gave. */
  put(values: readonly Tensor[]): void {
    const { all } = this;
    const without = all.length - values.length;
    for (const [i, value] of values.entries()) all[i + without]!.put(value);
  }

  private get all(): Accumulator[] {
    return [this.loss, ...this.accumulators];
  }

  /** The figures so far, each key with the prefix before it. Waits for the device. */
  read(prefix = ''): Logs {
    const logs: Logs = { [`${prefix}loss`]: this.readLoss() };
    for (const accumulator of this.accumulators) {
      const keys = metricKeys(accumulator.metric, this.units);
      const values = accumulator.read(keys.length);
      for (const [i, key] of keys.entries()) logs[prefix + key] = values[i]!;
    }
    return logs;
  }

  readLoss(): number {
    return this.loss.read(1)[0]!;
  }

  getState(): State {
    return this.all.map((accumulator) => accumulator.getState());
  }

  setState(state: State): void {
    const { all } = this;
    for (const [i, part] of (state as (StoredTensor | null)[]).entries()) all[i]!.setState(part);
  }

  /** Starts afresh. */
  dispose(): void {
    for (const accumulator of this.all) accumulator.dispose();
  }
}

/** Names of the figures and which way each is better. */
export function figureDirections(
  metrics: readonly Metric[],
  units: number,
): Map<string, 'up' | 'down'> {
  const directions = new Map<string, 'up' | 'down'>([['loss', 'down']]);
  for (const metric of metrics) {
    for (const key of metricKeys(metric, units)) directions.set(key, metric.direction);
  }
  return directions;
}
