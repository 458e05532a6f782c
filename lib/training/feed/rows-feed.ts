import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { NdArray, Rows, StoredRows } from '../../data';
import { ownOrder, rawBatch } from '../batches';
import type { Columns } from '../columns';
import { epochOrder } from '../seeds';
import type { EpochBatches, EpochStart, FedBatch, Feed } from './feed';
import { Prefetched } from './prefetched';

export interface RowsFeedOptions {
  batchSize: number;
  /** Batches of an epoch. Default: what goes once through the rows. */
  steps?: number | undefined;
  shuffle: boolean;
  /** Batches of stored rows that are read ahead. */
  prefetch: number;
  /** Looks at the targets of a batch that were not in memory before. */
  check?: (y: readonly (NdArray | undefined)[]) => void;
}

/** Where a batch lies: `order[from]` to `order[to - 1]`. */
interface Place {
  order: Int32Array;
  from: number;
  to: number;
}

/**
 * Rows that can be read at any position, in memory or elsewhere. With `steps`, an epoch continues where
 * the one before it stopped, as Keras's `steps_per_epoch` does; each pass through the rows has an order
 * of its own.
 */
export class RowsFeed implements Feed {
  readonly layout: Columns<Rows>;
  readonly steps: number;
  readonly batchSize: number;
  readonly examples: number;
  private readonly perPass: number;
  /** Memory of batches that are done with: megabytes allocated again for each are slow to free. */
  private readonly spare = new Map<StoredRows, NdArray['values'][]>();

  /** @param columns checked */
  constructor(
    readonly columns: Columns<Rows>,
    private readonly options: RowsFeedOptions,
  ) {
    this.layout = columns;
    this.batchSize = options.batchSize;
    const count = columns.x[0]!.shape[0]!;
    this.perPass = Math.ceil(count / options.batchSize);
    this.steps = options.steps ?? this.perPass;
    this.examples = options.steps === undefined ? count : this.rowsBefore(options.steps);
  }

  open(start: EpochStart): EpochBatches {
    const places = this.places(start);
    const { x, y, weights } = this.columns;
    const isStored = [...x, ...y, ...weights].some((rows) => rows && 'read' in rows);
    if (!isStored) {
      return {
        next: () => Promise.resolve(this.batchAt(places.next().value ?? null, new Map())),
        close: () => Promise.resolve(),
      };
    }
    const read = async () => {
      const place = places.next().value ?? null;
      return this.batchAt(place, place ? await this.readStored(place) : new Map());
    };
    const { prefetch } = this.options;
    const ahead = new Prefetched({ next: read }, prefetch, (batch: FedBatch) => batch.dispose());
    return {
      async next() {
        const found = await ahead.next();
        return typeof found === 'string' ? null : found.item;
      },
      close: () => ahead.close(),
    };
  }

  dispose(): Promise<void> {
    this.spare.clear();
    return Promise.resolve();
  }

  private rowsBefore(batch: number): number {
    const count = this.columns.x[0]!.shape[0]!;
    const passes = Math.floor(batch / this.perPass);
    return passes * count + Math.min(count, (batch % this.perPass) * this.batchSize);
  }

  private *places({ epoch, batch, seed }: EpochStart): Generator<Place, undefined> {
    const { perPass, batchSize, options } = this;
    const count = this.columns.x[0]!.shape[0]!;
    let pass = -1;
    let order: Int32Array = new Int32Array(0);
    for (let at = epoch * this.steps + batch; at < (epoch + 1) * this.steps; at++) {
      if (Math.floor(at / perPass) !== pass) {
        pass = Math.floor(at / perPass);
        order = epochOrder(count, seed, pass, options.shuffle);
      }
      const from = (at % perPass) * batchSize;
      yield { order, from, to: Math.min(from + batchSize, count) };
    }
    return undefined;
  }

  private async readStored({ order, from, to }: Place): Promise<Map<Rows, NdArray>> {
    const { x, y, weights } = this.columns;
    const stored = [...new Set([...x, ...y, ...weights])].filter(
      (rows): rows is StoredRows => rows !== undefined && 'read' in rows,
    );
    const read = stored.map(async (rows) => {
      const values = this.roomFor(rows, to - from);
      // What is read stays the caller's own while other batches are read.
      await rows.read(order.slice(from, to), values);
      return [rows, { shape: [to - from, ...rows.shape.slice(1)], values }] as const;
    });
    const found = new Map<Rows, NdArray>(await Promise.all(read));
    this.options.check?.(y.map((rows) => found.get(rows)));
    return found;
  }

  private roomFor(rows: StoredRows, count: number): NdArray['values'] {
    const size = rows.shape.slice(1).reduce((product, length) => product * length, count);
    const free = this.spare.get(rows) ?? [];
    const at = free.findIndex(({ length }) => length === size);
    if (at >= 0) return free.splice(at, 1)[0]!;
    const Kind = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array }[rows.dtype];
    const bytes = size * Kind.BYTES_PER_ELEMENT;
    const room = rows.shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    // The views take either; their types do not say so.
    return new Kind(room as ArrayBuffer);
  }

  private batchAt(place: Place | null, read: Map<Rows, NdArray>): FedBatch | null {
    if (!place) return null;
    const { order, from, to } = place;
    const { columns } = this;
    const own = ownOrder(to - from);
    return {
      size: to - from,
      positions: order.subarray(from, to),
      raw: () => {
        let next = 0;
        const raw = (rows: Rows): Tensor => {
          const found = read.get(rows);
          if (found) return rawBatch(found, own, 0, to - from, next++);
          return rawBatch(rows as NdArray, order, from, to, next++);
        };
        return {
          x: columns.x.map(raw),
          y: columns.y.map(raw),
          weights: columns.weights.map((rows) => rows && raw(rows)),
        };
      },
      dispose: () => {
        for (const [rows, { values }] of read) {
          const free = this.spare.get(rows as StoredRows) ?? [];
          this.spare.set(rows as StoredRows, [...free, values].slice(-this.options.prefetch - 2));
        }
        read.clear();
      },
    };
  }
}
