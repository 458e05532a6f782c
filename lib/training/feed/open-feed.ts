import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { NdArray, Rows, RowsByName } from '../../data';
import { GradbookError } from '../../runtime';
import type { Size } from '../batches';
import { checkExamples, checkInputs, checkLabels, wholeNumber } from '../checks';
import { type Columns, rowsFor } from '../columns';
import type { CompiledOutputs } from '../options';
import { type BatchStream, isStream, type TrainingData } from './batch-stream';
import type { Feed } from './feed';
import { type BatchReader, examplesReader, inputsReader } from './given-batch';
import { RowsFeed } from './rows-feed';
import { StreamFeed } from './stream-feed';

/** How data are cut into batches and read. */
export interface FeedOptions {
  what: string;
  batchSize?: number | undefined;
  /** Batches of an epoch, and the option that gave them. Default all. */
  steps?: number | undefined;
  stepsName?: 'stepsPerEpoch' | 'validationSteps' | 'steps';
  prefetch?: number | undefined;
  resize?: Size | undefined;
  /** Whether rows come in a new order each epoch. Default false. */
  shuffle?: boolean;
  initialEpoch?: number;
  epochs?: number;
}

/**
 * Data for training and evaluating, checked as far as they are known: all rows, or a stream's first
 * batch. Dispose after use.
 */
export async function examplesFeed(
  model: LayersModel,
  data: TrainingData,
  measures: CompiledOutputs,
  options: FeedOptions,
): Promise<Feed> {
  const { what, resize } = options;
  if (isTrainingStream(data))
    return streamFeed(data, examplesReader(model, measures, resize), options);
  const columns = checkExamples<Rows>(model, data, measures, what, resize);
  return rowsFeed(columns, options, (y) => {
    for (const [i, rows] of y.entries()) if (rows) checkLabels(rows, measures.outputs[i]!);
  });
}

/** Whether data come in batches: a stream, or a list of them. */
export function isTrainingStream(data: TrainingData): data is BatchStream {
  return Array.isArray(data) || isStream(data);
}

/**
 * The same for the inputs alone.
 *
 * @param model null for a network that says nothing of its inputs
 */
export async function inputsFeed(
  model: LayersModel | null,
  x: RowsByName | BatchStream<unknown>,
  options: FeedOptions,
): Promise<Feed> {
  if (isStream(x)) return streamFeed(x, inputsReader(model, options.resize), options);
  const names = [x].flat().map((_, i) => `input ${i}`);
  const inputs = model
    ? checkInputs<Rows>(model, x, options.resize)
    : rowsFor<Rows>(x as RowsByName, names, 'x');
  return rowsFeed({ x: inputs, y: [], weights: [] }, options);
}

function rowsFeed(
  columns: Columns<Rows>,
  { batchSize = 32, steps, stepsName = 'steps', shuffle = false, prefetch = 2 }: FeedOptions,
  check?: (y: readonly (NdArray | undefined)[]) => void,
): Feed {
  wholeNumber(batchSize, 'batchSize', 1);
  wholeNumber(prefetch, 'prefetch', 0);
  if (steps !== undefined) wholeNumber(steps, stepsName, 1);
  return new RowsFeed(columns, { batchSize, steps, shuffle, prefetch, check });
}

function streamFeed(
  stream: BatchStream<unknown>,
  read: BatchReader,
  options: FeedOptions,
): Promise<Feed> {
  const { batchSize, steps, prefetch = 2, what, stepsName = 'steps' } = options;
  const { initialEpoch = 0, epochs = 1 } = options;
  if (batchSize !== undefined) {
    throw new GradbookError(
      `batchSize ${batchSize} for ${what}, which comes in batches already: leave it out`,
      'bad-option',
    );
  }
  wholeNumber(prefetch, 'prefetch', 0);
  if (steps !== undefined) wholeNumber(steps, stepsName, 1);
  const continues = stepsName === 'stepsPerEpoch';
  const feed = { read, what, steps, stepsName, prefetch, continues, initialEpoch, epochs };
  return StreamFeed.open(stream, feed);
}
