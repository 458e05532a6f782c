import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { trackSummary } from '../../lib/run';
import type { NotebookSummary, Summary } from '../../lib/run/summary/summary';
import { MlflowRun, MlflowServer, sendRun, unsentRuns } from '../../lib/tracking';
import { temporaryFolder } from '../temporary-folder';
import { FakeMlflow, keysOf, silentAddress } from './fake-server';

const folder = temporaryFolder('gradbook-server');
after(() => fs.rmSync(folder, { recursive: true }));

let server: FakeMlflow;
let address: string;
let store: string;

beforeEach(async () => {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('MLFLOW_')) delete process.env[name];
  }
  server = new FakeMlflow();
  address = await server.listen();
  store = fs.mkdtempSync(path.join(folder, 'store-'));
});
afterEach(() => server.close());

const start = (name = 'net') =>
  MlflowRun.start({ trackingUri: address, store, name, startTime: 1 });

test('a run is sent with parameters, metrics, tags, status and artifacts, each once', async () => {
  const run = start();
  run.parameter('dropout', 0.3);
  run.metric('loss', 2.5, 0, 10);
  run.metric('loss', Number.NaN, 1, 20);
  run.metric('loss', Number.NEGATIVE_INFINITY, 2, 30);
  run.artifact('figures/a b.png', 'bytes');
  await run.send();
  run.metric('loss', 0.5, 3, 40);
  run.metric('training/cnn/loss', 0.5, 3, 40);
  run.tag('status', 'passed');
  run.end('FINISHED', 99);
  await run.send();
  const requests = server.received.length;
  await run.send();
  assert.equal(server.received.length, requests);

  assert.deepEqual(server.posted('experiments/create'), [{ name: 'gradbook' }]);
  const [created, ...more] = server.posted('runs/create');
  assert.deepEqual(more, []);
  assert.equal(created!['experiment_id'], '1');
  assert.equal(created!['run_name'], 'net');
  assert.equal(created!['start_time'], 1);
  assert.deepEqual(server.logged('params'), [{ key: 'dropout', value: '0.3' }]);
  const loss = (value: number | string, timestamp: number, step: number, key = 'loss') => ({
    ...{ key, value, timestamp, step },
  });
  assert.deepEqual(server.logged('metrics'), [
    ...[loss(2.5, 10, 0), loss('NaN', 20, 1), loss('-Infinity', 30, 2), loss(0.5, 40, 3)],
    loss(0.5, 40, 3, 'training/cnn/loss'),
  ]);
  const tags = server.logged('tags').map(({ key }) => key);
  assert.deepEqual(tags, ['mlflow.runName', 'mlflow.source.type', 'mlflow.user', 'status']);
  assert.deepEqual(server.posted('runs/update'), [
    { run_id: 'run-1', status: 'RUNNING' },
    { run_id: 'run-1', status: 'FINISHED', end_time: 99 },
  ]);
  assert.deepEqual(server.uploads(), { '1/run-1/artifacts/figures/a b.png': 'bytes' });
});

test('a second run goes into the experiment that is there', async () => {
  for (const name of ['a', 'b']) await start(name).send();
  assert.equal(server.posted('experiments/create').length, 1);
  assert.deepEqual(
    server.posted('runs/create').map((run) => run['experiment_id']),
    ['1', '1'],
  );
  process.env['MLFLOW_EXPERIMENT_NAME'] = 'other';
  process.env['MLFLOW_TRACKING_URI'] = address;
  await MlflowRun.start({ store, name: 'c' }).send();
  assert.equal(server.posted('runs/create')[2]!['experiment_id'], '2');
});

test('many entries are sent in parts that MLflow takes', async () => {
  const run = start();
  for (let i = 0; i < 150; i++) run.parameter(`p${i}`, i);
  for (let i = 0; i < 2100; i++) run.metric('loss', i, i, i);
  await run.send();
  const sizes = server
    .posted('runs/log-batch')
    .map((batch) => ['params', 'tags', 'metrics'].map((kind) => (batch[kind] as [])?.length ?? 0));
  assert.deepEqual(sizes, [
    ...[
      [100, 0, 0],
      [50, 0, 0],
      [0, 3, 0],
    ],
    ...[
      [0, 0, 1000],
      [0, 0, 1000],
      [0, 0, 100],
    ],
  ]);
});

test('credentials come from the address, a token, or a name and password, and are not kept', async () => {
  const sent = async (uri: string) => {
    await MlflowRun.start({ trackingUri: uri, store, name: 'net' }).send();
    return server.received.at(-1)!.authorization;
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  assert.equal(await sent(address), undefined);
  process.env['MLFLOW_TRACKING_USERNAME'] = 'ann';
  process.env['MLFLOW_TRACKING_PASSWORD'] = 'sécret';
  assert.equal(await sent(address), basic('ann:sécret'));
  process.env['MLFLOW_TRACKING_TOKEN'] = 'tok-xyz';
  assert.equal(await sent(address), 'Bearer tok-xyz');
  const inside = address.replace('//', '//bob:p%40ss@');
  assert.equal(await sent(inside), basic('bob:p@ss'));
  const kept = fs
    .readdirSync(store, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(store, name))
    .filter((file) => fs.statSync(file).isFile())
    .map((file) => fs.readFileSync(file, 'utf8'));
  assert.ok(kept.length > 0);
  for (const text of kept) assert.doesNotMatch(text, /sécret|p%40ss|p@ss|tok-xyz/);
});

test('a server that is away is named in one sentence, and the run is sent later', async () => {
  const silent = await silentAddress();
  const run = MlflowRun.start({ trackingUri: silent, store, name: 'net' });
  run.metric('loss', 1, 0, 10);
  run.end('FINISHED', 20);
  await assert.rejects(run.send(), {
    code: 'mlflow-unreachable',
    message: `the MLflow server ${silent} cannot be reached (ECONNREFUSED)`,
  });
  assert.deepEqual(unsentRuns(store), [run.folder]);
  // Another address than the one that it was meant for.
  assert.equal(await sendRun(run.folder, new MlflowServer(address)), 'run-1');
  assert.deepEqual(server.logged('metrics'), [{ key: 'loss', value: 1, timestamp: 10, step: 0 }]);
  assert.deepEqual(unsentRuns(store), []);
  assert.deepEqual(unsentRuns(path.join(folder, 'nowhere')), []);
});

test('what a server refuses is told in its own words', async () => {
  const run = start();
  run.artifact('a.txt', 'text');
  const refusal = (status: number, body: unknown, code: string, message: RegExp) => {
    server.intercept = () => [status, body];
    return assert.rejects(run.send(), { code, message });
  };
  await refusal(401, 'no', 'mlflow-denied', /refuses access \(401\): set MLFLOW_TRACKING_USERNAME/);
  const body = { error_code: 'INVALID_PARAMETER_VALUE', message: 'too long' };
  await refusal(400, body, 'mlflow-refused', /get-by-name with 400 INVALID_PARAMETER_VALUE: too l/);
  await refusal(200, '<html>', 'mlflow-refused', /is no MLflow server: it answered .* '<html>'/);
  server.intercept = () => undefined;
  server.artifactRoot = 's3://bucket/1';
  await assert.rejects(run.send(), {
    code: 'mlflow-refused',
    message: /keeps artifacts in s3:.*: start it with --serve-artifacts; 1 files were not sent/,
  });
  // Everything else is there.
  assert.equal(server.posted('runs/update').length, 1);
});

test('an error in the middle leaves the rest for the next call', async () => {
  const run = start();
  run.parameter('dropout', 0.3);
  run.metric('loss', 1, 0, 10);
  let failures = 1;
  server.intercept = ({ body }) =>
    body.includes('metrics') && failures-- > 0 ? [503, 'busy'] : undefined;
  await assert.rejects(run.send(), { code: 'mlflow-refused', message: /503 busy/ });
  await run.send();
  assert.equal(server.posted('runs/create').length, 1);
  assert.equal(server.logged('params').length, 1);
  assert.equal(server.logged('metrics').length, 2); // the one that was answered with 503, and again
});

test('a report is sent; without the server it is kept, and told once', async () => {
  const notebook = {
    ...{ status: 'passed', cached: false, notebook: null, html: null, startedAt: null },
    ...{ seconds: 1, failure: null, seeds: [], parameters: { epochs: 8 }, trainings: [] },
    ...{ metrics: [{ section: '2.4', name: 'test accuracy', value: 0.97 }], bounds: [] },
  } as unknown as NotebookSummary;
  const notebooks = ['a', 'b'].map((name) => ({ ...notebook, name }));
  const summary = { profile: 'quick', engine: null, notebooks } as unknown as Summary;
  const notes: string[] = [];
  const note = (message: string) => void notes.push(message);
  await trackSummary(summary, folder, { trackingUri: address, store, note });
  assert.deepEqual(notes, []);
  assert.deepEqual(keysOf(server.logged('metrics')), [
    '2.4 test accuracy 0',
    '2.4 test accuracy 0',
  ]);
  const silent = await silentAddress();
  const runs = await trackSummary(summary, folder, { trackingUri: silent, store, note });
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /cannot be reached \(ECONNREFUSED\); 2 runs are kept in .*npm run track/);
  assert.deepEqual(unsentRuns(store).sort(), runs.sort());
});
