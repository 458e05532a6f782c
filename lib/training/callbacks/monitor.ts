import { GradbookError } from '../../runtime';
import { Callback, type TrainingState } from './callback';

export type Mode = 'auto' | 'min' | 'max';

/** A callback that watches one figure of each epoch. */
export abstract class MonitorCallback extends Callback {
  /** Best value so far. */
  best: number | null;
  private better: 'up' | 'down' = 'down';
  private readonly minChange: number;

  /**
   * @param monitor the figure's name, such as `val_loss`
   * @param mode which way is better; `auto` asks the metric
   * @param minDelta a smaller change is no improvement
   * @param best value that counts as the best before the first epoch
   */
  constructor(
    readonly monitor: string,
    readonly mode: Mode,
    minDelta: number,
    best: number | null = null,
  ) {
    super();
    if (!['auto', 'min', 'max'].includes(mode)) {
      throw new GradbookError(`mode ${mode}: give auto, min or max`, 'bad-option');
    }
    this.best = best;
    this.minChange = Math.abs(minDelta);
  }

  /** Whether the figure matters; when not, it need not exist. */
  get watches(): boolean {
    return true;
  }

  override attach(training: TrainingState): void {
    super.attach(training);
    if (this.watches) this.better = this.direction(training);
  }

  private direction(training: TrainingState): 'up' | 'down' {
    const { metricDirections: figures } = training;
    const name = this.constructor.name;
    if (!figures.has(this.monitor)) {
      throw new GradbookError(
        `${name} watches ${this.monitor}, which this training does not have. There are ${[...figures.keys()].join(', ')}`,
        'unknown-metric',
      );
    }
    const known = figures.get(this.monitor);
    if (this.mode !== 'auto') {
      const wanted = this.mode === 'min' ? 'down' : 'up';
      if (!known || known === wanted) return wanted;
      throw new GradbookError(
        `${name} with mode ${this.mode} would take the worst ${this.monitor} for the best: give mode auto or ${known === 'up' ? 'max' : 'min'}. Better is ${directions(figures)}`,
        'wrong-direction',
      );
    }
    if (!known) {
      throw new GradbookError(
        `${name} cannot tell which way ${this.monitor} is better: give mode 'min' or 'max'`,
        'unknown-direction',
      );
    }
    return known;
  }

  /** Whether a value beats another, compared as float32 like Keras's. Anything beats nothing. */
  protected improves(value: number, than: number | null): boolean {
    if (than === null) return true;
    if (this.better === 'up') return Math.fround(value - this.minChange) > Math.fround(than);
    return Math.fround(value + this.minChange) < Math.fround(than);
  }
}

/** The figures and which way each is better, in words. */
function directions(figures: TrainingState['metricDirections']): string {
  return [...figures]
    .filter(([, way]) => way)
    .map(([key, way]) => `${way === 'up' ? 'more' : 'less'} ${key}`)
    .join(', ');
}
