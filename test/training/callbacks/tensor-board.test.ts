import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { TensorBoard } from '../../../lib/training';
import { record, scalarEvent, versionEvent } from '../../../lib/training/tensorboard/events';
import { readFixture } from '../numbers';
import { FakeTraining } from './fake-training';

test('events are the bytes that TensorFlow writes', () => {
  const { base64 } = readFixture<{ base64: string }>('tensorboard-events.json');
  const ours = Buffer.concat([
    record(versionEvent(1700000000.25)),
    record(scalarEvent('epoch_loss', 0.5, 0, 1700000001.5)),
    record(scalarEvent('epoch_loss', Number.NaN, 300, 1700000001.5)),
  ]);
  assert.equal(ours.toString('base64'), base64);
});

test('a resumed training continues in the same file', async () => {
  const logDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gradbook-board-'));
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
  assert.throws(() => new TensorBoard({ updateFreq: 0 }), { code: 'bad-option' });
});
