import type { Rows } from '../../data';
import type { Scaled } from '../batches';
import type { Batch, Columns } from '../columns';

/** What a step has to know of the data: how many columns there are, and how they are scaled. */
export type Layout = Columns<Scaled>;

/** One batch on its way to the device. */
export interface FedBatch {
  /** How many rows. */
  size: number;
  /** Positions of the rows in the set; of a stream, in the epoch. */
  positions: Int32Array;
  /** The batch as it is, before scaling and resizing; see `rawBatch`. Call once, inside a `tf.tidy`. */
  raw(): Batch;
  /** Frees the batch's memory. */
  dispose(): void;
}

/** The batches of an epoch, in order. */
export interface EpochBatches {
  /** The next batch, which the caller disposes of; null at the end, and after an interrupt. */
  next(): Promise<FedBatch | null>;
  /** Ends the reading. */
  close(): Promise<void>;
}

/** Where an epoch's batches begin. */
export interface EpochStart {
  epoch: number;
  /** The first batch, from 0. */
  batch: number;
  /** Seed of the shuffles. */
  seed: number;
}

/** The data of a training, an evaluation or a prediction, batch by batch. Dispose after use. */
export interface Feed {
  readonly layout: Layout;
  /** Batches of an epoch; null where only the end of the data tells. */
  readonly steps: number | null;
  /** Rows of a batch; of a stream, those of its first. */
  readonly batchSize: number;
  /** Rows of an epoch; null where only the end of the data tells. */
  readonly examples: number | null;
  /** The rows themselves, where they can be told beforehand. */
  readonly columns?: Columns<Rows>;
  open(start: EpochStart): EpochBatches;
  dispose(): Promise<void>;
}

/** An evaluation's or a prediction's only epoch. */
export const onlyEpoch: EpochStart = { epoch: 0, batch: 0, seed: 0 };
