import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../../lib/runtime';
import type { Callback, History, Logs } from '../../../lib/training';
import { emptyHistory } from '../../../lib/training/history';
import { MutableTrainingState } from '../../../lib/training/mutable-training-state';
import { RunningMetrics } from '../../../lib/training/running-metrics';

/** A training without a network: its one weight is the epoch's number. */
export class FakeTraining extends MutableTrainingState {
  /** What callbacks printed, with a line break after each message, as Keras writes it. */
  printed = '';
  private readonly weight: ReturnType<typeof tf.scalar>;

  constructor(
    figures: Record<string, 'up' | 'down' | null>,
    callbacks: readonly Callback[],
    { learningRate = 0.01, epochs = 100, steps = 1 } = {},
  ) {
    const weight = tf.variable(tf.scalar(-1));
    const layerVariable = {
      shape: [],
      read: () => weight,
      write: (value: ReturnType<typeof tf.scalar>) => weight.assign(value),
    };
    const params: History['params'] = { epochs, steps, batchSize: 1, examples: steps, seed: 1 };
    super(
      { weights: [layerVariable] } as unknown as LayersModel,
      { learningRate } as unknown as Optimizer,
      callbacks,
      new RunningMetrics([]),
      new Map(Object.entries(figures)),
      emptyHistory(params),
      0,
    );
    this.weight = weight as unknown as ReturnType<typeof tf.scalar>;
  }

  override print(message: string): void {
    this.printed += `${message}\n`;
  }

  /** The number of the epoch that the weights are from. */
  get weightsOf(): number {
    return this.weight.dataSync()[0]!;
  }

  async begin(): Promise<void> {
    for (const callback of this.callbacks) callback.attach(this);
    await this.tell((callback) => callback.onTrainBegin());
  }

  /** Runs one epoch. Returns the logs after the callbacks. */
  async runEpoch(epoch: number, given: Logs): Promise<Logs> {
    this.epoch = epoch;
    const logs = { ...given };
    await this.tell((callback) => callback.onEpochBegin(epoch));
    (this.weight as unknown as { assign(t: unknown): void }).assign(tf.scalar(epoch));
    await this.tell((callback) => callback.onEpochEnd(epoch, logs));
    return logs;
  }

  async end(): Promise<void> {
    await this.tell((callback) => callback.onTrainEnd());
  }
}
