import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../../lib/runtime';
import {
  BackupAndRestore,
  Callback,
  EarlyStopping,
  ModelCheckpoint,
  ReduceLROnPlateau,
  type TrainOptions,
  train,
} from '../../lib/training';
import { smallCnn, stripes } from './examples';

test('invalid options are an error before the first batch, and no tensor is left', async () => {
  const model = smallCnn();
  const examples = stripes(20);
  let batches = 0;
  class Count extends Callback {
    override onBatchEnd(): void {
      batches++;
    }
  }
  class Own extends tf.SGDOptimizer {}
  const before = tf.memory().numTensors;
  const refused: [Partial<TrainOptions>, { code: string; message?: RegExp }][] = [
    [
      { callbacks: [new EarlyStopping()] },
      { code: 'unknown-metric', message: /val_loss.*There are loss, accuracy, learning_rate/ },
    ],
    [
      { callbacks: [new ReduceLROnPlateau({ monitor: 'val_acc' })], validationData: examples },
      { code: 'unknown-metric', message: /loss, accuracy, val_loss, val_accuracy/ },
    ],
    [
      { callbacks: [new EarlyStopping({ monitor: 'learning_rate' })] },
      { code: 'unknown-direction', message: /give mode 'min' or 'max'/ },
    ],
    [
      { callbacks: [new EarlyStopping({ monitor: 'accuracy', mode: 'min' })] },
      { code: 'wrong-direction', message: /give mode auto or max.*less loss, more accuracy/ },
    ],
    [
      { callbacks: [new ModelCheckpoint({ filepath: 'x', saveBestOnly: true })] },
      { code: 'unknown-metric' },
    ],
    [
      { optimizer: new Own(0.1), callbacks: [new BackupAndRestore({ backupDir: 'x' })] },
      { code: 'bad-optimizer', message: /not known what it keeps/ },
    ],
    [{ epochs: 1.5 }, { code: 'bad-option', message: /epochs 1.5/ }],
    [{ batchSize: 0 }, { code: 'bad-option', message: /batchSize 0/ }],
    [{ optimizer: 'adan' }, { code: 'unknown-optimizer', message: /adan.*sgd, adagrad/ }],
    [{ metrics: ['accuracy', 'accuracy'] }, { code: 'bad-option' }],
    [{ metrics: ['auk'] }, { code: 'unknown-metric' }],
    [{ loss: 'hinges' }, { code: 'unknown-loss' }],
    [{ classWeight: { 4: 1 } }, { code: 'bad-option', message: /class 4.*0 to 3/ }],
    [{ validationData: stripes(9, 3) }, { code: 'bad-shape', message: /\[3\].*\[4\]/ }],
    [{ resize: [9, 9] }, { code: 'bad-shape', message: /\[9, 9, 3\].*\[8, 8, 3\]/ }],
  ];
  for (const [options, expected] of refused) {
    const callbacks = [...(options.callbacks ?? []), new Count()];
    await assert.rejects(
      train(model, examples, { epochs: 2, verbose: 0, ...options, callbacks }),
      expected,
    );
    if (typeof options.optimizer === 'object') options.optimizer.dispose();
  }
  assert.equal(batches, 0);
  assert.equal(tf.memory().numTensors, before);
  assert.throws(() => new EarlyStopping({ mode: 'up' as 'min' }), { code: 'bad-option' });
  assert.throws(() => new ReduceLROnPlateau({ factor: 1 }), { code: 'bad-option' });

  for (const layer of model.layers) layer.trainable = false;
  await assert.rejects(train(model, examples, { epochs: 1 }), { code: 'nothing-to-train' });
  model.dispose();
});

test('an error in a callback is rethrown and leaves no tensor', async () => {
  const model = smallCnn();
  const before = tf.memory().numTensors;
  const seen: unknown[] = [];
  class Fail extends Callback {
    override onBatchEnd(): void {
      throw new Error('broken');
    }
    override onTrainClosed(error: unknown): void {
      seen.push((error as Error).message);
    }
  }
  await assert.rejects(
    train(model, stripes(20), { epochs: 1, verbose: 0, callbacks: [new Fail()] }),
    { message: 'broken' },
  );
  assert.deepEqual(seen, ['broken']);
  assert.equal(tf.memory().numTensors, before);
  model.dispose();
});
