import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { setSeed, tf } from '../../../lib/runtime';
import {
  BackupAndRestore,
  Callback,
  EarlyStopping,
  LearningRateScheduler,
  ModelCheckpoint,
  predict,
  schedules,
  TerminateOnNaN,
  train,
} from '../../../lib/training';
import { fillIn } from '../../../lib/training/callbacks/file-name';
import { pythonFloat } from '../../../lib/training/callbacks/python-float';
import { readState, writeState } from '../../../lib/training/state-file';
import { temporaryFolder } from '../../temporary-folder';
import { smallCnn, stripes } from '../examples';

const quiet = { verbose: 0, batchSize: 16, seed: 1 } as const;

test('numbers are printed as Python prints them', () => {
  const printed = [1, 0.1, 1e-5, 1.5e-7, 1e-4, 1e16, 123456789, 0, -2, Number.NaN, -Infinity];
  assert.deepEqual(printed.map(pythonFloat), [
    ...['1.0', '0.1', '1e-05', '1.5e-07', '0.0001', '1e+16', '123456789.0', '0.0', '-2.0'],
    ...['nan', '-inf'],
  ]);
});

test('file names are filled in as Python formats them', () => {
  const values = { epoch: 3, val_loss: 0.12345, accuracy: 1 };
  assert.equal(fillIn('a/{epoch:02d}-{val_loss:.2f}-{accuracy}', values), 'a/03-0.12-1');
  assert.equal(fillIn('{val_loss:.1e} {epoch:4d}|', values), '1.2e-01    3|');
  assert.throws(() => fillIn('{loss}', values), { code: 'unknown-figure', message: /val_loss/ });
  assert.throws(() => fillIn('{epoch:x}', values), { code: 'bad-option' });
});

test('one cycle and cosine have the expected values', () => {
  const cycle = schedules.oneCycle({ maxLearningRate: 1, epochs: 10 });
  const cycleAt = (epoch: number) => cycle(epoch, 9, 1);
  assert.ok(Math.abs(cycleAt(0) - 1 / 25) < 1e-12);
  assert.equal(cycleAt(3), 1);
  assert.ok(Math.abs(cycleAt(10) - 1 / 25 / 1e4) < 1e-12);
  assert.ok(cycleAt(1) < cycleAt(2) && cycleAt(5) > cycleAt(6));
  const cosine = schedules.cosine({ learningRate: 1, epochs: 12, warmup: 2, end: 0.1 });
  const cosineAt = (epoch: number) => cosine(epoch, 9, 1);
  assert.equal(cosineAt(1), 0.5);
  assert.equal(cosineAt(2), 1);
  assert.ok(Math.abs(cosineAt(7) - 0.55) < 1e-12);
  assert.ok(Math.abs(cosineAt(12) - 0.1) < 1e-12);
  assert.throws(() => schedules.cosine({ learningRate: 0, epochs: 1 }), { code: 'bad-option' });
});

test('a cool-down decays linearly to 0 and is combined with other callbacks', () => {
  const schedule = schedules.coolDown({ epochs: 6, last: 4 });
  let rate = 0.1;
  const rates: number[] = [];
  for (let batch = 0; batch < 6 * 5; batch++) {
    // ReduceLROnPlateau at the end of the fourth epoch.
    if (batch === 20) rate *= 0.2;
    rate = schedule(batch / 5, rate, 1 / 5);
    rates.push(rate);
  }
  const line = (batch: number) => 0.1 * Math.min(1, (30 - batch) / 20);
  for (const [batch, value] of rates.entries()) {
    const expected = line(batch) * (batch < 20 ? 1 : 0.2);
    assert.ok(Math.abs(value - expected) < 1e-12, `${batch}: ${value}, ${expected}`);
  }
  const each = [0, 1, 2, 3, 4, 5].map((epoch) => schedule(epoch, 1, 1));
  assert.deepEqual(each, [1, 1, 1, 3 / 4, 2 / 3, 1 / 2]);
  assert.throws(() => schedules.coolDown({ epochs: 5, last: 0 }), { code: 'bad-option' });
});

test('a schedule per batch sees fractions of epochs', async () => {
  const model = smallCnn();
  const asked: number[] = [];
  const schedule = (epoch: number) => {
    asked.push(epoch);
    return 0.01;
  };
  await train(model, stripes(64), {
    ...quiet,
    epochs: 2,
    callbacks: [new LearningRateScheduler({ schedule, per: 'batch' })],
  });
  assert.deepEqual(asked, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]);
  await assert.rejects(
    train(model, stripes(16), {
      ...quiet,
      epochs: 1,
      callbacks: [new LearningRateScheduler({ schedule: () => Number.NaN })],
    }),
    { code: 'bad-schedule' },
  );
  model.dispose();
});

test('a checkpoint is a model with the same predictions, and old weights are removed', async () => {
  const folder = temporaryFolder();
  const model = smallCnn();
  const checkpoint = new ModelCheckpoint({ filepath: folder, monitor: 'loss' });
  await train(model, stripes(32), { ...quiet, epochs: 3, callbacks: [checkpoint] });
  assert.equal(fs.readdirSync(folder).length, 2);
  const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
  const { x } = stripes(5);
  assert.deepEqual(await predict(loaded, x), await predict(model, x));
  model.dispose();
  loaded.dispose();
  fs.rmSync(folder, { recursive: true });
});

test('a NaN loss ends the epoch, and its metrics are kept', async () => {
  const model = smallCnn();
  const examples = stripes(64);
  const broken = { ...examples, x: { ...examples.x, scale: Number.NaN } };
  const history = await train(model, broken, {
    ...quiet,
    epochs: 5,
    callbacks: [new TerminateOnNaN({ everyBatches: 2 })],
  });
  assert.equal(history.stoppedEpoch, 0);
  assert.deepEqual(history.epoch, [0]);
  await assert.rejects(
    train(model, broken, {
      ...quiet,
      epochs: 1,
      callbacks: [new TerminateOnNaN({ raiseError: true })],
    }),
    { code: 'nan-loss' },
  );
  model.dispose();
});

test('states survive a file, and a damaged file is noticed', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'state');
  const state = {
    numbers: [1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 0.1],
    floats: new Float32Array([1, Number.NaN, -0]),
    bytes: new Uint8Array([1, 2, 3]),
    integers: new Int32Array([-1]),
    nested: { none: null, word: 'a', yes: true, empty: new Float32Array(0) },
  };
  writeState(file, state);
  assert.deepEqual(readState(file), state);
  assert.equal(readState(path.join(folder, 'other')), undefined);
  const content = fs.readFileSync(file);
  for (const damaged of [content.subarray(0, 40), content.subarray(0, -1), Buffer.alloc(100)]) {
    fs.writeFileSync(file, damaged);
    assert.throws(() => readState(file), { code: 'bad-state' });
  }
  content[60]! ^= 1;
  fs.writeFileSync(file, content);
  assert.throws(() => readState(file), { code: 'bad-state' });
  fs.rmSync(folder, { recursive: true });
});

test('a backup of another training is refused, one that was stopped continues', async () => {
  const backupDir = temporaryFolder();
  setSeed(1);
  const model = smallCnn();
  class Fail extends Callback {
    constructor(private readonly at: number) {
      super();
    }
    override onEpochEnd(epoch: number): void {
      if (epoch === this.at) throw new Error('power cut');
    }
  }
  const options = { ...quiet, epochs: 4 };
  const stopping = () => new EarlyStopping({ monitor: 'loss', patience: 9 });
  const callbacks = () => [new BackupAndRestore({ backupDir }), stopping()];
  await assert.rejects(
    train(model, stripes(32), { ...options, callbacks: [...callbacks(), new Fail(2)] }),
    { message: 'power cut' },
  );
  const before = tf.memory().numTensors;
  await assert.rejects(train(model, stripes(48), { ...options, callbacks: callbacks() }), {
    code: 'other-training',
    message: /32 as examples where this one has 48/,
  });
  await assert.rejects(
    train(model, stripes(32), { ...options, callbacks: [new BackupAndRestore({ backupDir })] }),
    { code: 'other-training', message: /EarlyStopping/ },
  );
  const sgd = { ...options, optimizer: 'sgd', callbacks: callbacks() };
  await assert.rejects(train(model, stripes(32), sgd), { code: 'bad-state' });
  const other = smallCnn(4);
  const resumed = await train(other, stripes(32), { ...options, callbacks: callbacks() });
  assert.deepEqual(resumed.epoch, [0, 1, 2, 3]);
  other.dispose();
  assert.equal(tf.memory().numTensors, before);
  assert.ok(!fs.existsSync(backupDir));
  model.dispose();
});
