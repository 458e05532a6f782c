import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import {
  examplesOf,
  type ImageFolderSplits,
  type ImageFolderStreamSplits,
  imageFolder,
  imageFolderStream,
  type StoredExamples,
  type StoredRows,
} from '../../../lib/data';
import { interrupt, Random, setSeed, tf } from '../../../lib/runtime';
import {
  BackupAndRestore,
  Callback,
  computeFeatures,
  evaluate,
  findLearningRate,
  predict,
  type TrainOptions,
  train,
} from '../../../lib/training';
import { drawNoise } from '../../data/noise-pictures';
import { temporaryFolder } from '../../temporary-folder';

let inMemory: ImageFolderSplits;
let streamed: ImageFolderStreamSplits;
let folder: string;
after(() => fs.rmSync(folder, { recursive: true }));

before(async () => {
  folder = temporaryFolder('gradbook-folder');
  process.env['GRADBOOK_CACHE'] = path.join(folder, 'cache');
  const pictures = path.join(folder, 'pictures');
  await drawNoise(pictures, { dark: 120, grey: 100, bright: 80 });
  const options = { size: 32, seed: 1 };
  inMemory = await imageFolder(pictures, options);
  // Most is decoded by the batches that need it first.
  streamed = await imageFolderStream(pictures, { ...options, decodeFirst: false });
});

function network(): LayersModel {
  const { layers } = tf;
  return tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [32, 32, 3], filters: 4, kernelSize: 3, strides: 2 }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.globalAveragePooling2d({}),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
}

/** Trains from the same start. */
async function run(
  { train: training, validation }: Record<'train' | 'validation', StoredExamples>,
  options: Partial<TrainOptions> = {},
) {
  setSeed(3);
  const model = network();
  const tensors = tf.memory().numTensors;
  const history = await train(model, training, {
    ...{ epochs: 3, seed: 1, verbose: 0, validationData: validation },
    ...options,
  });
  assert.equal(tf.memory().numTensors, tensors, 'no tensor is left behind');
  const weights = model.weights.map((weight) => [...weight.read().dataSync()]);
  model.dispose();
  return { weights, history };
}

const both = () =>
  [inMemory, streamed].map((sets) => ({
    train: examplesOf(sets.train as ImageFolderSplits['train']) as StoredExamples,
    validation: examplesOf(sets.validation as ImageFolderSplits['train']) as StoredExamples,
  })) as [Parameters<typeof run>[0], Parameters<typeof run>[0]];

const variants: Record<string, Partial<TrainOptions>> = {
  shuffled: {},
  'with stepsPerEpoch': { stepsPerEpoch: 5, validationSteps: 1 },
  'op by op, nothing read ahead': { runEagerly: true, prefetch: 0, batchSize: 50 },
  'resized and augmented': {
    ...{ resize: [32, 32], shuffle: false, epochs: 1 },
    augment: (batch, rows) => batch.mul(1 + rows[0]! / 1000),
  },
};
for (const [name, options] of Object.entries(variants)) {
  test(`images on disk train as images in memory, bit for bit: ${name}`, async () => {
    const [wanted, given] = both();
    const expected = await run(wanted, options);
    const found = await run(given, options);
    assert.deepEqual(found.weights, expected.weights);
    assert.deepEqual(found.history.history, expected.history.history);
    assert.deepEqual(found.history.params, expected.history.params);
  });
}

test('evaluate, predict, computeFeatures and findLearningRate say the same', async () => {
  const model = network();
  const tensors = tf.memory().numTensors;
  const [wanted, given] = [examplesOf(inMemory.test), examplesOf(streamed.test)];
  assert.deepEqual(await evaluate(model, given), await evaluate(model, wanted));
  assert.deepEqual(await predict(model, given.x), await predict(model, wanted.x));
  const features = await computeFeatures(model, given.x, { batchSize: 10 });
  const again = await computeFeatures(model, given.x, { batchSize: 10 });
  assert.deepEqual([features.cached, again.cached], [false, true]);
  const uncached = await computeFeatures(model, wanted.x, { batchSize: 10, cache: false });
  assert.deepEqual(features.rows, uncached.rows);
  assert.deepEqual(again.rows, uncached.rows);
  const rates = { steps: 10, seed: 1 };
  assert.deepEqual(
    await findLearningRate(model, examplesOf(streamed.train), rates),
    await findLearningRate(model, examplesOf(inMemory.train), rates),
  );
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});

test('a training that died goes on, in the middle of an epoch', async () => {
  const [, given] = both();
  const whole = await run(given);
  let batches = 0;
  class Die extends Callback {
    override onBatchEnd(): void {
      if (++batches === 11) throw new Error('killed');
    }
  }
  const backup = () =>
    new BackupAndRestore({ backupDir: path.join(folder, 'backup'), saveFreq: 3 });
  await assert.rejects(run(given, { callbacks: [backup(), new Die()] }), /killed/);
  const second = await run(given, { callbacks: [backup()] });
  assert.deepEqual(second.weights, whole.weights);
});

test('an interrupt ends training within a batch', async () => {
  const [, given] = both();
  let batches = 0;
  class Stop extends Callback {
    override onBatchEnd(): void {
      if (++batches === 9) interrupt();
    }
  }
  const { history } = await run(given, { callbacks: [new Stop()] });
  assert.deepEqual([history.interrupted, batches], [true, 9]);
});

/** Rows that are read like those of a file. */
function stored(values: Int32Array | Float32Array, shape: number[]): StoredRows {
  const width = values.length / shape[0]!;
  return {
    ...{ shape, dtype: values instanceof Int32Array ? 'int32' : 'float32', key: 'made' },
    async read(positions, target) {
      for (const [i, at] of positions.entries()) {
        target.set(values.subarray(at * width, (at + 1) * width), i * width);
      }
    },
  };
}

test("rows of one's own: targets that are read too, and labels that are checked then", async () => {
  const random = new Random(1);
  const values = Float32Array.from({ length: 40 * 3 }, () => random.next());
  const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2);
  const x = { shape: [40, 3], values };
  const learn = async (examples: StoredExamples) => {
    setSeed(2);
    const model = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [3], units: 2, activation: 'softmax' })],
    });
    const loss = 'sparseCategoricalCrossentropy';
    const options = { epochs: 2, verbose: 0, loss, seed: 1, batchSize: 7 } as const;
    try {
      return (await train(model, examples, options)).history;
    } finally {
      model.dispose();
    }
  };
  const wanted = await learn({ x, y: { shape: [40], values: labels } });
  assert.deepEqual(await learn({ x: stored(values, [40, 3]), y: stored(labels, [40]) }), wanted);
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    learn({
      x,
      y: stored(
        labels.map((label) => label + 1),
        [40],
      ),
    }),
    {
      code: 'bad-label',
    },
  );
  await assert.rejects(learn({ x, y: stored(labels, [39]) }), /40 inputs and 39 targets/);
  assert.equal(tf.memory().numTensors, tensors);
});
