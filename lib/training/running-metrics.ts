import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime';
import type { CallbackState } from './callbacks/callback';
import { oneHotLabels } from './columns';
import type { Logs } from './history';
import { Accumulator, type Metric, metricKeys } from './metrics/metric';
import type { CompiledOutput } from './options';
import type { StepResult } from './step';
import type { StoredTensor } from './weights';

const meanLoss: Metric = {
  name: 'loss',
  direction: 'down',
  measure: (total, count) => tf.stack([total, count]),
  values: ({ values }) => [values[0]! / values[1]!],
};

/**
 * Loss and metrics of the epoch so far, kept on the device without synchronisation until they are
 * read. Dispose after use.
 */
export class RunningMetrics {
  /** The loss, then that of each output where there are several. */
  private readonly losses: { key: string; accumulator: Accumulator }[];
  private readonly metrics: { accumulator: Accumulator; output: number; keys: string[] }[];

  /** @param outputs loss and metrics of each output */
  constructor(private readonly outputs: readonly CompiledOutput[]) {
    this.losses = ['loss', ...outputLossKeys(outputs)].map((key) => {
      return { key, accumulator: new Accumulator(meanLoss) };
    });
    this.metrics = outputs.flatMap(({ metrics, prefix, units }, output) =>
      metrics.map((metric) => ({
        accumulator: new Accumulator(metric),
        output,
        keys: metricKeys(metric, units).map((key) => prefix + key),
      })),
    );
  }

  /** Adds a batch: the results of a step, and its targets. */
  add(result: StepResult, labels: readonly Tensor[]): void {
    tf.tidy(() => this.put(this.next(this.carried(), result, labels)));
  }

  /** The sums so far, for `next`. Call inside a `tf.tidy`. */
  carried(): (Tensor | undefined)[] {
    return this.all.map((accumulator) => accumulator.carried());
  }

  /** The new sums for `put` after a batch. Changes nothing. Call inside a `tf.tidy`. */
  next(
    carried: readonly (Tensor | undefined)[],
    { loss, losses, outputs }: StepResult,
    labels: readonly Tensor[],
  ): Tensor[] {
    const count = tf.scalar(labels[0]!.shape[0]!);
    const ofLosses = this.losses.map(({ accumulator }, i) => {
      const mean = i === 0 ? loss : losses[i - 1]!;
      return accumulator.next(carried[i], mean.mul(count), count);
    });
    const dense = labels.map((given, i) =>
      this.outputs[i]!.loss.integerLabels ? oneHotLabels(given, outputs[i]!) : given,
    );
    const ofMetrics = this.metrics.map(({ accumulator, output }, i) => {
      const truth = (accumulator.metric.givenLabels ? labels : dense)[output]!;
      return accumulator.next(carried[ofLosses.length + i], truth, outputs[output]!);
    });
    return [...ofLosses, ...ofMetrics];
  }

  /** Stores the result of `next`. */
  put(values: readonly Tensor[]): void {
    for (const [i, accumulator] of this.all.entries()) accumulator.put(values[i]!);
  }

  private get all(): Accumulator[] {
    return [...this.losses, ...this.metrics].map(({ accumulator }) => accumulator);
  }

  /** The metrics so far, with prefixed keys. Waits for the device. */
  read(prefix = ''): Logs {
    const logs: Logs = {};
    for (const { key, accumulator } of this.losses) logs[prefix + key] = accumulator.read(1)[0]!;
    for (const { accumulator, keys } of this.metrics) {
      const values = accumulator.read(keys.length);
      for (const [i, key] of keys.entries()) logs[prefix + key] = values[i]!;
    }
    return logs;
  }

  readLoss(): number {
    return this.losses[0]!.accumulator.read(1)[0]!;
  }

  getState(): CallbackState {
    return this.all.map((accumulator) => accumulator.getState());
  }

  setState(state: CallbackState): void {
    const { all } = this;
    for (const [i, part] of (state as (StoredTensor | null)[]).entries()) all[i]!.setState(part);
  }

  /** Resets the sums. */
  dispose(): void {
    for (const accumulator of this.all) accumulator.dispose();
  }
}

function outputLossKeys(outputs: readonly CompiledOutput[]): string[] {
  return outputs.length > 1 ? outputs.map(({ name }) => `${name}_loss`) : [];
}

/** Names of the metrics and their directions. */
export function figureDirections(outputs: readonly CompiledOutput[]): Map<string, 'up' | 'down'> {
  const keys = ['loss', ...outputLossKeys(outputs)];
  const directions = new Map<string, 'up' | 'down'>(keys.map((key) => [key, 'down']));
  for (const { metrics, prefix, units } of outputs) {
    for (const metric of metrics) {
      for (const key of metricKeys(metric, units)) directions.set(prefix + key, metric.direction);
    }
  }
  return directions;
}
