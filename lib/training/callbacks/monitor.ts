import { GradbookError } from '../../runtime';
import { Callback, type TrainingState } from './callback';

export type Mode = 'auto' | 'min' | 'max';

/** Base class of callbacks that monitor one metric of each epoch. */
export abstract class MonitorCallback extends Callback {
  /** Best value so far. */
  best: number | null;
  private better: 'up' | 'down' = 'down';
  private readonly minChange: number;

  /**
   * @param monitor the metric's name, such as `val_loss`
   * @param mode which direction is better; `auto` is that of the metric
   * @param minDelta smaller changes are not improvements
   * @param best value to improve on in the first epoch
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

  /** Whether the metric is used; otherwise it need not exist. */
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
        `${name} monitors ${this.monitor}, which this training does not have. There are ${[...figures.keys()].join(', ')}`,
        'unknown-metric',
      );
    }
    const known = figures.get(this.monitor);
    if (this.mode !== 'auto') {
      const wanted = this.mode === 'min' ? 'down' : 'up';
      if (!known || known === wanted) return wanted;
      throw new GradbookError(
        `${name} with mode ${this.mode} would treat the worst ${this.monitor} as the best: give mode auto or ${known === 'up' ? 'max' : 'min'}. Better is ${directions(figures)}`,
        'wrong-direction',
      );
    }
    if (!known) {
      throw new GradbookError(
        `${name} does not know whether a higher or a lower ${this.monitor} is better: give mode 'min' or 'max'`,
        'unknown-direction',
      );
    }
    return known;
  }

  /** Whether a value is better than another, compared as float32 as in Keras. Any value is better than none. */
  protected improves(value: number, than: number | null): boolean {
    if (than === null) return true;
    if (this.better === 'up') return Math.fround(value - this.minChange) > Math.fround(than);
    return Math.fround(value + this.minChange) < Math.fround(than);
  }
}

/** The metrics and their directions, in words. */
function directions(figures: TrainingState['metricDirections']): string {
  return [...figures]
    .filter(([, way]) => way)
    .map(([key, way]) => `${way === 'up' ? 'more' : 'less'} ${key}`)
    .join(', ');
}
