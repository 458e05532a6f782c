import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { ExampleWeights, NdArray, StoredExamples } from '../../data';
import type { ItemSource } from './prefetched';

/** Rows of one batch: a tensor, or numbers with a shape. The first dimension is the batch. */
export type BatchColumn = Tensor | NdArray;

/** Those of several inputs or outputs: in the model's order, or by their names. */
export type BatchColumns =
  | BatchColumn
  | readonly BatchColumn[]
  | Readonly<Record<string, BatchColumn>>;

/**
 * Inputs and targets of one batch: an object of `xs` and `ys`, as tf.data gives them, or of `x` and
 * `y`; or a list of inputs, targets and, where there are any, weights of the examples. `predict` also
 * takes the inputs alone, as one tensor or array, or by name.
 */
export type StreamedBatch =
  | { xs: BatchColumns; ys?: BatchColumns; sampleWeight?: StreamedWeights }
  | { x: BatchColumns; y?: BatchColumns; sampleWeight?: StreamedWeights }
  | readonly (BatchColumns | StreamedWeights | undefined)[];

/** Weights of a batch's examples, for all outputs or by the output's name. */
export type StreamedWeights =
  | ExampleWeights
  | Tensor
  | Readonly<Record<string, ExampleWeights | Tensor>>;

/** A `tf.data` dataset of batches, such as `tf.data.zip({ xs, ys }).batch(32)`. */
export interface BatchDataset {
  iterator(): Promise<{ next(): Promise<IteratorResult<unknown>> }>;
  /** How many batches; absent, null or NaN where it is not known, infinite where it never ends. */
  readonly size?: number | null;
}

/** Anything that gives batches one after the other. */
export type Iterated<B> = AsyncIterable<B> | Iterable<B>;

/**
 * Batches that come one after the other: a `tf.data` dataset, something to be iterated, or a function
 * that returns either, called once an epoch: an `async function*` gives its batches again each time.
 */
export type BatchStream<B = StreamedBatch> =
  | BatchDataset
  | Iterated<B>
  | (() => BatchDataset | Iterated<B> | Promise<BatchDataset | Iterated<B>>);

/** Data for `train` and `evaluate`: rows in memory or on disk, or a stream of batches. */
export type TrainingData = StoredExamples | BatchStream;

/** Whether something gives batches, and is no rows. */
export function isStream(given: object): given is BatchStream<unknown> {
  if (typeof given === 'function' || Symbol.asyncIterator in given || isDataset(given)) return true;
  return Symbol.iterator in given && !Array.isArray(given) && !ArrayBuffer.isView(given);
}

function isDataset(given: object): given is BatchDataset {
  return typeof (given as Partial<BatchDataset>).iterator === 'function';
}

/** How many batches a dataset says it has: infinite where it never ends, null where it cannot tell. */
export function knownSteps(stream: BatchStream<unknown>): number | null {
  const size = isDataset(stream) ? stream.size : undefined;
  return typeof size === 'number' && !Number.isNaN(size) ? size : null;
}

/** Whether a stream can be iterated once only, such as what a generator function returned. */
export function isOneShot(stream: BatchStream<unknown>): boolean {
  return typeof stream !== 'function' && 'next' in stream;
}

/** Begins a stream again. */
export function iterate(stream: BatchStream<unknown>): ItemSource<unknown> {
  let opened: Promise<AsyncIterator<unknown>> | undefined;
  return {
    async next() {
      opened ??= open(stream);
      const { done, value } = await (await opened).next();
      return done ? null : (value ?? undefined);
    },
    async close() {
      await (await opened)?.return?.();
    },
  };
}

async function open(stream: BatchStream<unknown>): Promise<AsyncIterator<unknown>> {
  const found = typeof stream === 'function' ? await stream() : stream;
  if (isDataset(found)) return (await found.iterator()) as AsyncIterator<unknown>;
  if (Symbol.asyncIterator in found) return found[Symbol.asyncIterator]();
  const iterator = found[Symbol.iterator]();
  const result = (one: IteratorResult<unknown>) => Promise.resolve(one);
  return {
    next: () => result(iterator.next()),
    return: () => result(iterator.return?.() ?? { done: true, value: undefined }),
  };
}
