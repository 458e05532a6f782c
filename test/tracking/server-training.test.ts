import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { unsentRuns } from '../../lib/tracking';
import { MLflow } from '../../lib/training';
import { temporaryFolder } from '../temporary-folder';
import { FakeTraining } from '../training/callbacks/fake-training';
import { FakeMlflow, keysOf, silentAddress } from './fake-server';

const folder = temporaryFolder('gradbook-server');
after(() => fs.rmSync(folder, { recursive: true }));

let server: FakeMlflow;
let address: string;
let store: string;

beforeEach(async () => {
  server = new FakeMlflow();
  address = await server.listen();
  store = fs.mkdtempSync(path.join(folder, 'store-'));
});
afterEach(() => server.close());

async function begin(training: FakeTraining): Promise<void> {
  Object.assign(training.model, { name: 'net', countParams: () => 1 });
  Object.assign(training.optimizer, { getClassName: () => 'Adam' });
  await training.begin();
}

test('a training is sent by epoch', async () => {
  const tracker = new MLflow({ trackingUri: address, store, name: 'net' });
  const training = new FakeTraining({}, [tracker], { epochs: 2 });
  await begin(training);
  await training.runEpoch(0, { loss: 2 });
  assert.deepEqual(keysOf(server.logged('metrics')), ['learning_rate 0', 'loss 0']);
  await training.runEpoch(1, { loss: 1 });
  await tracker.onTrainClosed(undefined);
  assert.deepEqual(keysOf(server.logged('metrics')).slice(2), ['learning_rate 1', 'loss 1']);
  assert.equal(server.posted('runs/update').at(-1)!['status'], 'FINISHED');
  assert.equal(training.printed, '');
});

test('a training continues without its server, and tells it once', async () => {
  const silent = await silentAddress();
  const tracker = new MLflow({ trackingUri: silent, store, name: 'net' });
  const training = new FakeTraining({}, [tracker], { epochs: 2 });
  await begin(training);
  for (const epoch of [0, 1]) await training.runEpoch(epoch, { loss: 2 - epoch });
  await tracker.onTrainClosed(undefined);
  const { folder: run } = tracker.current!;
  assert.equal(
    training.printed,
    `the MLflow server ${silent} cannot be reached (ECONNREFUSED); the run is kept in ${run}: npm run track sends it\n`,
  );
  const lines = fs
    .readFileSync(path.join(run, 'metrics', 'loss'), 'utf8')
    .trim()
    .split('\n');
  assert.equal(lines.length, 2);
});

test('a server that is back before the end of a training has all of it', async () => {
  const tracker = new MLflow({ trackingUri: address, store, name: 'net' });
  const training = new FakeTraining({}, [tracker], { epochs: 2 });
  await begin(training);
  server.intercept = () => [503, 'busy'];
  await training.runEpoch(0, { loss: 2 });
  server.intercept = () => undefined;
  await training.runEpoch(1, { loss: 1 });
  await tracker.onTrainClosed(new Error('stopped'));
  assert.match(training.printed, /503 busy; the run is kept .*\nthe MLflow server has the whole/);
  assert.equal(server.logged('metrics').length, 4);
  assert.equal(server.posted('runs/update').at(-1)!['status'], 'FAILED');
  assert.deepEqual(unsentRuns(store), []);
});

test('a resumed training sends no epoch twice', async () => {
  const tracker = new MLflow({ trackingUri: address, store, name: 'net' });
  const training = new FakeTraining({}, [tracker]);
  await begin(training);
  await training.runEpoch(0, { loss: 2 });
  const state = tracker.getState();
  await training.runEpoch(1, { loss: 1 });

  const second = new MLflow({ trackingUri: address, store, name: 'net' });
  const resumed = new FakeTraining({}, [second]);
  await begin(resumed);
  second.setState(state);
  for (const epoch of [1, 2]) await resumed.runEpoch(epoch, { loss: 2 - epoch });
  await second.onTrainClosed(undefined);
  assert.equal(server.posted('runs/create').length, 1);
  const losses = server.logged('metrics').filter(({ key }) => key === 'loss');
  assert.deepEqual(keysOf(losses), ['loss 0', 'loss 1', 'loss 2']);
});
