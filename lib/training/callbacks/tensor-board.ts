import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pngSize } from '../../notebook';
import { GradbookError, inWorkspace } from '../../runtime';
import { wholeNumber } from '../checks';
import type { Logs } from '../history';
import {
  histogramEvent,
  imagesEvent,
  type PngPicture,
  record,
  scalarEvent,
  versionEvent,
} from '../tensorboard/events';
import { Callback, type CallbackState, type RunningLogs } from './callback';

/** A PNG file: its bytes, or what `predictionGrid`, `imageGrid` and the like return. */
export type BoardPicture = Uint8Array | { png: Uint8Array };

/** Images by their tags; several under one tag stand side by side and must be of one size. */
export type BoardPictures = Record<string, BoardPicture | readonly BoardPicture[]>;

export interface TensorBoardOptions {
  /** Folder of the logs, relative to the workspace. Default `logs`, as in Keras. */
  logDir?: string;
  /** `epoch`, or a number of batches after which batch metrics are written as well. Default `epoch`. */
  updateFreq?: 'epoch' | number;
  /**
   * Number of epochs after which the weights are written as histograms, from the first epoch on; 0: never. Default 0,
   * as in Keras.
   */
  histogramFreq?: number;
  /**
   * Makes the images of an epoch when it has ended, such as a grid of predictions. Default: none.
   *
   * @param epoch from 0
   */
  images?: (epoch: number, logs: Logs) => BoardPictures | Promise<BoardPictures>;
  /** Number of epochs after which `images` is called, from the first epoch on. Default 1. */
  imagesFreq?: number;
}

/** An event file, with its length at the last backup. */
interface EventFile {
  name: string;
  size: number;
}

/**
 * Writes loss and metrics for TensorBoard (`tensorboard --logdir logs`), under the tags of Keras:
 * `epoch_loss` and so on in `train` and `validation`, `batch_loss` by step, in `train` also
 * histograms of the weights as `dense/kernel/histogram` and the images of `images`. Training that is
 * resumed continues in the same files.
 *
 * @throws GradbookError `bad-option` for a frequency out of range, and while training for what is no
 * PNG or for images of several sizes under one tag
 *
 * @example
 * const { x } = examplesOf(sets.validation, 'single');
 * const board = new TensorBoard({
 *   histogramFreq: 1,
 *   images: async () => ({
 *     predictions: await predictionGrid(sets.validation, await predict(model, x)),
 *   }),
 * });
 */
export class TensorBoard extends Callback {
  private readonly logDir: string;
  private readonly updateFreq: 'epoch' | number;
  private readonly histogramFreq: number;
  private readonly images: TensorBoardOptions['images'];
  private readonly imagesFreq: number;
  private files: Record<string, EventFile> = {};

  constructor(options: TensorBoardOptions = {}) {
    super();
    const { logDir = 'logs', updateFreq = 'epoch', images } = options;
    const { histogramFreq = 0, imagesFreq = 1 } = options;
    wholeNumber(histogramFreq, 'histogramFreq', 0);
    wholeNumber(imagesFreq, 'imagesFreq', 1);
    if (updateFreq !== 'epoch' && !(Number.isInteger(updateFreq) && updateFreq > 0)) {
      throw new GradbookError(
        `updateFreq ${updateFreq}: give 'epoch' or a number of batches`,
        'bad-option',
      );
    }
    this.logDir = inWorkspace(logDir);
    this.updateFreq = updateFreq;
    this.histogramFreq = histogramFreq;
    this.images = images;
    this.imagesFreq = imagesFreq;
  }

  override onTrainBegin(): void {
    this.files = {};
  }

  override onBatchEnd(batch: number, running: RunningLogs): void {
    if (this.updateFreq === 'epoch') return;
    const { epoch, steps } = this.training;
    // Data of unknown length have a number of steps after their first epoch.
    const step = (Number.isFinite(steps) ? epoch * steps : 0) + batch;
    if (step % this.updateFreq === 0) this.write('train', 'batch_', running.read(), step);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const split: Record<'train' | 'validation', Logs> = { train: {}, validation: {} };
    for (const [key, value] of Object.entries(logs)) {
      if (key.startsWith('val_')) split.validation[key.slice('val_'.length)] = value;
      else split.train[key] = value;
    }
    this.write('train', 'epoch_', split.train, epoch);
    this.write('validation', 'epoch_', split.validation, epoch);
    if (this.histogramFreq > 0 && epoch % this.histogramFreq === 0) await this.writeWeights(epoch);
    if (this.images && epoch % this.imagesFreq === 0) {
      this.writeImages(await this.images(epoch, logs), epoch);
    }
  }

  private async writeWeights(epoch: number): Promise<void> {
    const { weights } = this.training.model;
    const seen = new Map<string, number>();
    for (const { originalName } of weights) {
      seen.set(originalName, (seen.get(originalName) ?? 0) + 1);
    }
    for (const weight of weights) {
      // Keras's name, where no other weight has it; tfjs numbers those that are alike.
      const { name, originalName } = weight;
      const tag = `${seen.get(originalName) === 1 ? originalName : name}/histogram`;
      const values = await weight.read().data();
      this.add('train', (seconds) => [histogramEvent(tag, values, epoch, seconds)]);
    }
  }

  private writeImages(pictures: BoardPictures, epoch: number): void {
    for (const [tag, given] of Object.entries(pictures)) {
      const sized = picturesOf(tag, given);
      this.add('train', (seconds) => [imagesEvent(tag, sized, epoch, seconds)]);
    }
  }

  private write(part: 'train' | 'validation', prefix: string, logs: Logs, step: number): void {
    const figures = Object.entries(logs);
    if (figures.length === 0) return;
    this.add(part, (seconds) =>
      figures.map(([key, value]) => scalarEvent(prefix + key, value, step, seconds)),
    );
  }

  private add(part: 'train' | 'validation', eventsAt: (seconds: number) => Buffer[]): void {
    const seconds = Date.now() / 1000;
    const file = this.fileOf(part, seconds);
    const records = Buffer.concat(eventsAt(seconds).map(record));
    fs.appendFileSync(path.join(this.logDir, part, file.name), records);
    file.size += records.length;
  }

  private fileOf(part: string, seconds: number): EventFile {
    const known = this.files[part];
    if (known) return known;
    const name = `events.out.tfevents.${Math.floor(seconds)}.${os.hostname()}.${process.pid}.v2`;
    const head = record(versionEvent(seconds));
    fs.mkdirSync(path.join(this.logDir, part), { recursive: true });
    fs.appendFileSync(path.join(this.logDir, part, name), head);
    const file = { name, size: head.length };
    this.files[part] = file;
    return file;
  }

  override getState(): CallbackState {
    return { files: structuredClone(this.files) as unknown as CallbackState };
  }

  override setState(state: CallbackState): void {
    this.files = (state as unknown as { files: Record<string, EventFile> }).files;
    for (const [part, { name, size }] of Object.entries(this.files)) {
      const file = path.join(this.logDir, part, name);
      // Entries after the backup will be written again.
      if (fs.existsSync(file) && fs.statSync(file).size > size) fs.truncateSync(file, size);
    }
  }
}

/** Images of a tag with their size, which must be one. */
function picturesOf(tag: string, given: BoardPicture | readonly BoardPicture[]): PngPicture[] {
  const pictures = [given].flat().map((picture) => {
    const png = picture instanceof Uint8Array ? picture : (picture as { png?: unknown })?.png;
    const size = png instanceof Uint8Array ? pngSize(png) : undefined;
    if (size) return { png: png as Uint8Array, ...size };
    throw new GradbookError(
      `images '${tag}': give PNG files as bytes or as { png }, one or a list`,
      'bad-option',
    );
  });
  const sizes = new Set(pictures.map(({ width, height }) => `${width}×${height}`));
  if (sizes.size === 1) return pictures;
  throw new GradbookError(
    `images '${tag}' has ${sizes.size === 0 ? 'none' : `sizes ${[...sizes].join(', ')}`}: give at least one, all of one size, or a tag for each`,
    'bad-option',
  );
}
