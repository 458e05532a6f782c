import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import {
  CSVLogger,
  type CSVLoggerOptions,
  EarlyStopping,
  type EarlyStoppingOptions,
  LearningRateScheduler,
  type Logs,
  ModelCheckpoint,
  type ModelCheckpointOptions,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  TerminateOnNaN,
} from '../../../lib/training';
import { temporaryFolder } from '../../temporary-folder';
import { FakeTraining } from './fake-training';

type Plain = number | string | null;

interface Trace {
  trace: {
    logs: Record<string, Plain>;
    learningRate: number;
    stopping: { wait: number; best: Plain; bestEpoch: number };
    plateau: { wait: number; best: Plain; cooldownCounter: number };
  }[];
  stopped: boolean;
  restored: number | null;
  printed: string;
}

interface Fixture {
  plateauAndStop: (Trace & {
    monitor: string;
    values: Plain[];
    learningRate: number;
    order: string[];
    stopping: EarlyStoppingOptions;
    plateau: ReduceLROnPlateauOptions;
  })[];
  checkpoint: (Trace & { values: Plain[]; options: ModelCheckpointOptions })[];
  csv: { logs: Record<string, Plain>[]; separator: string; text: string }[];
  scheduler: Trace;
  notANumber: { losses: Plain[]; printed: string; stopped: boolean }[];
}

const fixture = JSON.parse(
  fs.readFileSync(path.join(__dirname, '../fixtures/callback-traces.json'), 'utf8'),
) as Fixture;

/** A value of the fixture, in which NaN and infinities are strings. */
function number(value: Plain): number {
  return Number(typeof value === 'string' ? value.replace('inf', 'Infinity') : value);
}

const orNull = (value: Plain) => (value === null ? null : number(value));

test('EarlyStopping and ReduceLROnPlateau act like those of Keras, on 80 sequences', async () => {
  for (const [i, sequence] of fixture.plateauAndStop.entries()) {
    const stopping = new EarlyStopping(sequence.stopping);
    const plateau = new ReduceLROnPlateau(sequence.plateau);
    const { monitor, learningRate } = sequence;
    const training = new FakeTraining(
      { [monitor]: monitor === 'val_accuracy' ? 'up' : 'down' },
      sequence.order.map((name) => (name === 'plateau' ? plateau : stopping)),
      { learningRate },
    );
    await training.begin();
    for (const [epoch, expected] of sequence.trace.entries()) {
      const where = `sequence ${i}, epoch ${epoch}`;
      const logs = await training.runEpoch(epoch, { [monitor]: number(sequence.values[epoch]!) });
      assert.equal(training.learningRate, expected.learningRate, where);
      assert.equal(logs['learning_rate'], expected.logs['learning_rate'], where);
      assert.equal(stopping.wait, expected.stopping.wait, where);
      assert.deepEqual(stopping.best, orNull(expected.stopping.best), where);
      assert.equal(stopping.bestEpoch, expected.stopping.bestEpoch, where);
      assert.equal(plateau.wait, expected.plateau.wait, where);
      assert.deepEqual(plateau.best, orNull(expected.plateau.best), where);
      assert.equal(plateau.cooldownCounter, expected.plateau.cooldownCounter, where);
      assert.equal(training.stopped, sequence.stopped && epoch === sequence.trace.length - 1);
    }
    const last = sequence.trace.length - 1;
    await training.end();
    assert.equal(training.weightsOf, sequence.restored ?? last, `sequence ${i}`);
    assert.equal(training.printed, sequence.printed, `sequence ${i}`);
  }
});

test('ModelCheckpoint saves when that of Keras does, with the same messages', async () => {
  for (const [i, sequence] of fixture.checkpoint.entries()) {
    const folder = temporaryFolder('gradbook-checkpoint');
    const filepath = sequence.options.filepath.replace('FOLDER', folder);
    const checkpoint = new ModelCheckpoint({ ...sequence.options, filepath });
    const training = new FakeTraining({ val_loss: 'down' }, [checkpoint]);
    const saves: string[] = [];
    const save = async (handler: { save(artifacts: object): Promise<unknown> }) => {
      saves.push('saved');
      return handler.save({ modelTopology: {}, weightSpecs: [], weightData: new ArrayBuffer(0) });
    };
    Object.assign(training.model, { layers: [], save });
    await training.begin();
    for (const [epoch, value] of sequence.values.entries()) {
      await training.runEpoch(epoch, { val_loss: number(value) });
    }
    assert.equal(training.printed.replaceAll(folder, 'FOLDER'), sequence.printed, `sequence ${i}`);
    assert.equal(saves.length, sequence.printed.split('finished saving').length - 1);
    fs.rmSync(folder, { recursive: true });
  }
});

test('CSVLogger writes the bytes that that of Keras writes', async () => {
  for (const { logs, separator, text } of fixture.csv) {
    const folder = temporaryFolder('gradbook-csv');
    const filename = path.join(folder, 'log.csv');
    for (const append of [false, true]) {
      const options: CSVLoggerOptions = { filename, separator, append };
      const training = new FakeTraining({}, [new CSVLogger(options)]);
      await training.begin();
      for (const [epoch, entry] of logs.entries()) {
        const given: Logs = Object.fromEntries(
          Object.entries(entry).map(([key, value]) => [key, number(value)]),
        );
        await training.runEpoch(epoch, given);
      }
      await training.end();
    }
    assert.equal(fs.readFileSync(filename, 'utf8'), text);
    fs.rmSync(folder, { recursive: true });
  }
});

test('LearningRateScheduler sets and prints what that of Keras does', async () => {
  const scheduler = new LearningRateScheduler({
    schedule: (epoch, rate) => (epoch < 2 ? rate : rate * 0.05),
    verbose: 1,
  });
  const training = new FakeTraining({ loss: 'down' }, [scheduler]);
  await training.begin();
  for (const [epoch, expected] of fixture.scheduler.trace.entries()) {
    const logs = await training.runEpoch(epoch, { loss: 1 });
    assert.deepEqual(logs, expected.logs);
    assert.equal(training.learningRate, expected.learningRate);
  }
  assert.equal(training.printed, fixture.scheduler.printed);
});

test('TerminateOnNaN stops where that of Keras does, with the same messages', async () => {
  for (const { losses, printed, stopped } of fixture.notANumber) {
    const training = new FakeTraining({}, [new TerminateOnNaN()], { steps: 9 });
    await training.begin();
    for (const [batch, loss] of losses.entries()) {
      const running = { read: () => ({ loss: number(loss) }), readLoss: () => number(loss) };
      await training.tell((callback) => callback.onBatchEnd(batch, running));
      if (training.stopped) break;
    }
    assert.equal(training.printed, printed);
    assert.equal(training.stopped, stopped);
  }
});
