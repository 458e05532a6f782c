import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { setSeed, tf } from '../../../lib/runtime';
import { EarlyStopping, train } from '../../../lib/training';
import { smallCnn, stripes } from '../examples';

const quiet = { verbose: 0, batchSize: 16, seed: 1 } as const;

test('an object of handlers is called as model.fit calls it, and may end the training', async () => {
  setSeed(1);
  const model = smallCnn();
  const examples = stripes(40);
  const heard: string[] = [];
  const sizes: number[] = [];
  const handlers = {
    onTrainBegin: () => void heard.push('train'),
    onEpochBegin: (epoch: number) => void heard.push(`epoch ${epoch}`),
    onBatchBegin: (batch: number) => void heard.push(`batch ${batch}`),
    onBatchEnd: async (_batch: number, logs?: Record<string, number>) => {
      await Promise.resolve();
      assert.ok(Number.isFinite(logs!['loss']));
      sizes.push(logs!['size']!);
    },
    onEpochEnd: (epoch: number, logs?: Record<string, number>) => {
      heard.push(`end ${Object.keys(logs!).join(' ')}`);
      if (epoch === 1) model.stopTraining = true;
    },
    onTrainEnd: () => void heard.push('over'),
  };
  const before = tf.memory().numTensors;
  const options = { ...quiet, epochs: 9, validationData: stripes(8) };
  const history = await train(model, examples, { ...options, callbacks: [handlers] });
  const epoch = [
    'batch 0',
    'batch 1',
    'batch 2',
    'end loss accuracy val_loss val_accuracy learning_rate',
  ];
  assert.deepEqual(heard, ['train', 'epoch 0', ...epoch, 'epoch 1', ...epoch, 'over']);
  assert.deepEqual(sizes, [16, 16, 8, 16, 16, 8]);
  assert.equal(history.stoppedEpoch, 1);
  assert.equal(tf.memory().numTensors, before);
  model.dispose();
});

test("tfjs's own callbacks work in train", async () => {
  const model = smallCnn();
  const seen: (LayersModel | undefined)[] = [];
  class Own extends tf.Callback {
    override async onBatchEnd(_batch: number, logs?: object): Promise<void> {
      seen.push((this as unknown as { model: LayersModel }).model);
      assert.equal(typeof (logs as { loss: unknown }).loss, 'number');
    }
  }
  // A change of at least 100 never comes: it stops after its patience.
  const stopping = tf.callbacks.earlyStopping({ monitor: 'loss', patience: 1, minDelta: 100 });
  const callbacks = [stopping, new Own()] as never;
  const history = await train(model, stripes(32), { ...quiet, epochs: 9, callbacks });
  assert.equal(history.stoppedEpoch, 1);
  assert.deepEqual(seen, new Array(4).fill(model));
  model.dispose();
});

test('other values are an error, and so are callbacks of train in model.fit', async () => {
  const model = smallCnn();
  for (const callback of [null, {}, 'earlyStopping', { onEpochend: () => {} }]) {
    const options = { ...quiet, epochs: 1, callbacks: [callback] as never };
    await assert.rejects(train(model, stripes(16), options), {
      code: 'bad-option',
      message: /onEpochEnd/,
    });
  }
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const [x, y] = [tf.zeros([2, 8, 8, 3]), tf.zeros([2, 4])];
  const ours = new EarlyStopping();
  const both = [tf.callbacks.earlyStopping(), ours];
  for (const callbacks of [ours, [ours], both] as never[]) {
    await assert.rejects(model.fit(x, y, { callbacks, verbose: 0 }), {
      code: 'wrong-training',
      message: /^EarlyStopping is a callback for train/,
    });
  }
  tf.dispose([x, y]);
  model.dispose();
});
