export type { BatchStream, TrainingData } from './batch-stream';
export { type EpochBatches, type FedBatch, type Feed, type Layout, onlyEpoch } from './feed';
export { examplesFeed, inputsFeed, isTrainingStream } from './open-feed';
export { RowsFeed } from './rows-feed';
