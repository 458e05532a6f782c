import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradbookError, tf } from '../../runtime';
import { ownOrder, rawBatch, type Scaled } from '../batches';
import type { Columns } from '../columns';
import { type BatchColumn, type BatchStream, isOneShot, iterate, knownSteps } from './batch-stream';
import type { EpochBatches, EpochStart, FedBatch, Feed, Layout } from './feed';
import { asFloat, type BatchReader, isTensor, tensorsOf } from './given-batch';
import { Prefetched } from './prefetched';

export interface StreamFeedOptions {
  read: BatchReader;
  /** What errors call the data, such as `the training set`. */
  what: string;
  /** Batches of an epoch. Default: as many as there are. */
  steps?: number | undefined;
  /** What the batches of an epoch are called where there are too few. */
  stepsName: string;
  /** Batches that are fetched before they are asked for. */
  prefetch: number;
  /** Whether an epoch of `steps` continues where the one before it stopped. */
  continues: boolean;
  /** Number of the first epoch. */
  initialEpoch: number;
  /** How many epochs errors count to; a single one is not named. */
  epochs: number;
}

/** Where errors say a batch is, from 0. */
interface Place {
  epoch: number;
  batch: number;
}

/** Batches that a stream gives one after the other. The first is fetched when the feed is opened. */
export class StreamFeed implements Feed {
  layout!: Layout;
  batchSize = 0;
  readonly steps: number | null;
  readonly examples = null;
  private items: Prefetched<unknown> | undefined;
  /** The first batch, fetched before its epoch began. */
  private head: FedBatch | undefined;
  private isFirst = true;
  private readonly continues: boolean;

  private constructor(
    private readonly stream: BatchStream<unknown>,
    private readonly options: StreamFeedOptions,
  ) {
    const { steps = knownSteps(stream), what, stepsName } = options;
    if (steps === Number.POSITIVE_INFINITY) {
      throw new GradbookError(`${what} never ends: give ${stepsName}`, 'bad-option');
    }
    this.steps = steps;
    const goesOn = options.continues || isOneShot(stream);
    this.continues = options.steps !== undefined && goesOn;
  }

  /**
   * Fetches and checks the first batch.
   *
   * @throws GradbookError `bad-batch`; `interrupted`
   */
  static async open(stream: BatchStream<unknown>, options: StreamFeedOptions): Promise<StreamFeed> {
    const feed = new StreamFeed(stream, options);
    const place = { epoch: options.initialEpoch, batch: 0 };
    try {
      const first = await feed.take(place);
      if (first === 'end') throw feed.empty(place);
      if (first === 'interrupted') {
        const message = `waiting for the first batch of ${options.what} was interrupted`;
        throw new GradbookError(message, 'interrupted');
      }
      feed.head = first;
      feed.batchSize = first.size;
      return feed;
    } catch (error) {
      await feed.dispose();
      throw error;
    }
  }

  open(start: EpochStart): EpochBatches {
    const place = { epoch: start.epoch, batch: 0 };
    let begun = false;
    return {
      next: async () => {
        if (!begun) {
          begun = true;
          if (!(await this.begin(start, place))) return null;
        }
        if (this.steps !== null && place.batch >= this.steps) return null;
        let found = await this.take(place);
        if (found === 'end' && place.batch === 0) {
          // The stream ended with the epoch before, or this one is a new beginning of an empty one.
          await this.end();
          found = await this.take(place);
          if (found === 'end') throw this.empty(place);
        }
        if (found === 'end') await this.end();
        if (typeof found === 'string') return null;
        place.batch++;
        return found;
      },
      close: () => (this.continues ? Promise.resolve() : this.end()),
    };
  }

  async dispose(): Promise<void> {
    await this.end();
  }

  /** Goes to where an epoch begins. False where the user interrupted it. */
  private async begin({ epoch, batch }: EpochStart, place: Place): Promise<boolean> {
    const { isFirst, continues } = this;
    this.isFirst = false;
    if (!isFirst && !continues) await this.end();
    // A training that was restored has seen these before.
    const past = isFirst && continues ? (epoch - this.options.initialEpoch) * this.steps! : 0;
    for (let i = 0; i < past + batch; i++) {
      const found = await this.take({ epoch, batch: Math.max(0, i - past) });
      if (found === 'interrupted') return false;
      if (found === 'end') await this.end();
      else found.dispose();
    }
    place.batch = batch;
    return true;
  }

  private async end(): Promise<void> {
    this.head?.dispose();
    this.head = undefined;
    const { items } = this;
    this.items = undefined;
    await items?.close();
  }

  private async take(place: Place): Promise<FedBatch | 'end' | 'interrupted'> {
    const { head } = this;
    this.head = undefined;
    if (head) return head;
    this.items ??= new Prefetched(iterate(this.stream), this.options.prefetch, free);
    let given: unknown;
    try {
      const found = await this.items.next();
      if (typeof found === 'string') return found;
      given = found.item;
      const columns = this.options.read(given);
      this.layout ??= layoutOf(columns);
      this.checkLayout(columns);
      return fedBatch(columns, tensorsOf(given));
    } catch (error) {
      free(given);
      throw this.bad(place, error);
    }
  }

  /** Steps take scales from the first batch. */
  private checkLayout(columns: Columns<BatchColumn>): void {
    const { layout } = this;
    const { x, y, weights } = layoutOf(columns);
    for (const [i, column] of [...x, ...y].entries()) {
      const [first, now] = [[...layout.x, ...layout.y][i], column].map(scaleOf);
      if (first === now) continue;
      throw new GradbookError(
        `a column of it has ${now} and the first batch ${first}: give one for all batches`,
        'bad-batch',
      );
    }
    if (weights.some((given, i) => Boolean(given) !== Boolean(layout.weights[i]))) {
      throw new GradbookError(
        'it has other sample weights than the first batch: give them with all batches or with none',
        'bad-batch',
      );
    }
  }

  private bad(place: Place, error: unknown): GradbookError {
    const isOurs = error instanceof GradbookError;
    if (isOurs && error.code === 'interrupted') return error;
    const message = error instanceof Error ? error.message : String(error);
    const problem = isOurs ? message : `the iterator threw: ${message}`;
    return new GradbookError(
      `batch ${place.batch + 1}${this.ofEpoch(place)} of ${this.options.what}: ${problem}`,
      'bad-batch',
      { cause: error },
    );
  }

  private empty(place: Place): GradbookError {
    const { what, stepsName } = this.options;
    const again = isOneShot(this.stream)
      ? `: it can be iterated once only, so give a function that begins it, or ${stepsName}`
      : ': give at least one';
    const message = `there is no batch 1${this.ofEpoch(place)} of ${what}${again}`;
    return new GradbookError(message, 'bad-batch');
  }

  private ofEpoch({ epoch }: Place): string {
    return this.options.epochs > 1 ? ` of epoch ${epoch + 1}` : '';
  }
}

/** What steps have to know of a batch, without its numbers. */
function layoutOf({ x, y, weights }: Columns<BatchColumn>): Layout {
  const scaled = (column: BatchColumn): Scaled =>
    isTensor(column) ? {} : { scale: column.scale ?? 1, offset: column.offset ?? 0 };
  return { x: x.map(scaled), y: y.map(scaled), weights: weights.map((one) => one && scaled(one)) };
}

function scaleOf(column: Scaled | undefined): string {
  const { scale = 1, offset = 0 } = column ?? {};
  return `scale ${scale} and offset ${offset}`;
}

function free(given: unknown): void {
  tf.dispose(tensorsOf(given));
}

function fedBatch({ x, y, weights }: Columns<BatchColumn>, owned: Tensor[]): FedBatch {
  const size = x[0]!.shape[0]!;
  const positions = ownOrder(size);
  return {
    size,
    positions,
    raw: () => {
      let next = 0;
      const raw = (column: BatchColumn) =>
        isTensor(column) ? asFloat(column) : rawBatch(column, positions, 0, size, next++);
      return { x: x.map(raw), y: y.map(raw), weights: weights.map((one) => one && raw(one)) };
    },
    dispose: () => tf.dispose(owned.splice(0)),
  };
}
