import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { tf } from '../../../lib/runtime';
import { TensorBoard, train } from '../../../lib/training';
import {
  histogramEvent,
  imagesEvent,
  record,
  scalarEvent,
  versionEvent,
} from '../../../lib/training/tensorboard/events';
import { histogramBuckets } from '../../../lib/training/tensorboard/histogram';
import { temporaryFolder } from '../../temporary-folder';
import { readFixture } from '../numbers';
import { FakeTraining } from './fake-training';

interface Written {
  base64: string;
  weights: Record<string, number[]>;
  histograms: string;
  pngs: string[];
  images: string;
}

test('events are the bytes that TensorFlow writes', () => {
  const { base64 } = readFixture<Written>('tensorboard-events.json');
  const ours = Buffer.concat([
    record(versionEvent(1700000000.25)),
    record(scalarEvent('epoch_loss', 0.5, 0, 1700000001.5)),
    record(scalarEvent('epoch_loss', Number.NaN, 300, 1700000001.5)),
  ]);
  assert.equal(ours.toString('base64'), base64);
});

test('histograms and images are the bytes that TensorBoard writes', () => {
  const { weights, histograms, pngs, images } = readFixture<Written>('tensorboard-events.json');
  const ours = Object.entries(weights).map(([tag, values], step) =>
    record(histogramEvent(tag, values, step, 1700000001.5)),
  );
  assert.ok(Buffer.concat(ours).equals(Buffer.from(histograms, 'base64')));
  const pictures = pngs.map((png) => ({ png: Buffer.from(png, 'base64'), width: 5, height: 3 }));
  const event = imagesEvent('predictions', pictures, 4, 1700000001.5);
  assert.ok(record(event).equals(Buffer.from(images, 'base64')));
});

test('a histogram leaves out what is no finite number', () => {
  const counts = (values: number[]) => histogramBuckets(values).filter((_, i) => i % 3 === 2);
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const given = [Number.NaN, 1, Number.POSITIVE_INFINITY, 4, 2];
  assert.equal(sum(counts(given)), 3);
  assert.deepEqual(histogramBuckets(given), histogramBuckets([1, 4, 2]));
  assert.equal(sum(histogramBuckets([Number.NaN])), 0);
  assert.equal(sum(histogramBuckets([])), 0);
});

test('a training writes its weights and images at their frequencies', async () => {
  const logDir = temporaryFolder('gradbook-board');
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ name: 'first', units: 2, inputShape: [1] }),
      tf.layers.dense({ name: 'second', units: 1, useBias: false }),
    ],
  });
  const png = Buffer.from(readFixture<Written>('tensorboard-events.json').pngs[0]!, 'base64');
  const asked: number[] = [];
  const images = async (epoch: number, logs: Record<string, number>) => {
    asked.push(epoch);
    assert.ok(logs['loss']! >= 0);
    return { grid: { png }, pair: [png, png] };
  };
  const board = new TensorBoard({ logDir, histogramFreq: 2, images, imagesFreq: 3 });
  const x = { shape: [4, 1], values: Float32Array.of(0, 1, 2, 3) };
  const tensors = tf.memory().numTensors;
  const loss = 'meanSquaredError';
  await train(model, { x, y: x }, { epochs: 5, verbose: 0, loss, callbacks: [board] });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(asked, [0, 3]);
  const [file] = fs.readdirSync(path.join(logDir, 'train'));
  const content = fs.readFileSync(path.join(logDir, 'train', file!)).toString('latin1');
  const count = (text: string) => content.split(text).length - 1;
  for (const tag of ['first/kernel', 'first/bias', 'second/kernel']) {
    assert.equal(count(`${tag}/histogram`), 3, tag);
  }
  assert.deepEqual(
    [count('histograms'), count('grid'), count('pair'), count('IHDR')],
    [9, 2, 2, 6],
  );
  fs.rmSync(logDir, { recursive: true });
});

test('images that TensorBoard cannot show are refused', async () => {
  const { pngs } = readFixture<Written>('tensorboard-events.json');
  const [png] = pngs.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  const wide = png!.slice();
  wide[19] = 9;
  const logDir = temporaryFolder('gradbook-board');
  for (const [pictures, message] of [
    [{ grid: new Uint8Array(3) }, /'grid': give PNG files/],
    [{ grid: [] }, /'grid' has none/],
    [{ grid: [png!, wide] }, /'grid' has sizes 5×3, 9×3: give/],
  ] as const) {
    const board = new TensorBoard({ logDir, images: () => pictures as never });
    const training = new FakeTraining({}, [board]);
    await training.begin();
    await assert.rejects(training.runEpoch(0, { loss: 1 }), { code: 'bad-option', message });
  }
  fs.rmSync(logDir, { recursive: true });
});

test('a resumed training continues in the same file', async () => {
  const logDir = temporaryFolder('gradbook-board');
  const first = new TensorBoard({ logDir });
  const training = new FakeTraining({}, [first]);
  await training.begin();
  await training.runEpoch(0, { loss: 1, val_loss: 2 });
  const state = first.getState();
  await training.runEpoch(1, { loss: 3, val_loss: 4 });

  const second = new TensorBoard({ logDir });
  const resumed = new FakeTraining({}, [second]);
  await resumed.begin();
  second.setState(state);
  await resumed.runEpoch(1, { loss: 3, val_loss: 4 });
  for (const part of ['train', 'validation']) {
    const [file, ...others] = fs.readdirSync(path.join(logDir, part));
    assert.deepEqual(others, []);
    const content = fs.readFileSync(path.join(logDir, part, file!));
    assert.equal(content.toString('latin1').split('epoch_loss').length - 1, 2);
  }
  fs.rmSync(logDir, { recursive: true });
});

test('a wrong frequency is refused', () => {
  for (const wrong of [{ updateFreq: 0 }, { histogramFreq: -1 }, { imagesFreq: 0 }]) {
    assert.throws(() => new TensorBoard(wrong), { code: 'bad-option' });
  }
});
