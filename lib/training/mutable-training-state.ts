import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node-gpu';
import type { Callback, TrainingState } from './callbacks/callback';
import type { GradientSums } from './gradient-sums';
import type { History } from './history';
import { learningRateOf, setLearningRate } from './optimizer';
import type { RunningMetrics } from './running-metrics';

/** The state of a running training, for its callbacks and backups. */
export class MutableTrainingState implements TrainingState {
  /** Current epoch, and number of its finished batches. */
  epoch: number;
  batch = 0;
  stopped = false;
  interrupted = false;

  constructor(
    readonly model: LayersModel,
    readonly optimizer: Optimizer,
    readonly callbacks: readonly Callback[],
    readonly trainMetrics: RunningMetrics,
    readonly metricDirections: ReadonlyMap<string, 'up' | 'down' | null>,
    readonly history: History,
    readonly initialEpoch: number,
    /** Gradients that are added up over several batches, where they are. */
    readonly sums?: GradientSums,
  ) {
    this.epoch = initialEpoch;
  }

  get epochs(): number {
    return this.history.params.epochs;
  }

  /** Batches of an epoch; infinite while nobody knows. */
  get steps(): number {
    return this.history.params.steps || Number.POSITIVE_INFINITY;
  }

  get learningRate(): number {
    return learningRateOf(this.optimizer);
  }

  set learningRate(learningRate: number) {
    setLearningRate(this.optimizer, learningRate);
  }

  stop(): void {
    this.stopped = true;
  }

  print(message: string): void {
    console.log(message);
  }

  /** Calls one method of each callback in order and awaits each. */
  async tell(call: (callback: Callback) => void | Promise<void>): Promise<void> {
    for (const callback of this.callbacks) {
      const pending = call(callback);
      if (pending) await pending;
    }
  }
}
