import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { trackSummary } from '../../lib/run';
import type { NotebookSummary, Summary } from '../../lib/run/summary/summary';
import { tf } from '../../lib/runtime';
import { MlflowRun } from '../../lib/tracking';
import { MLflow, train } from '../../lib/training';
import { temporaryFolder } from '../temporary-folder';
import { FakeTraining } from '../training/callbacks/fake-training';
import { exampleRuns } from './example-runs';

const folder = temporaryFolder('gradbook-mlflow');
after(() => fs.rmSync(folder, { recursive: true }));

/** Files below a folder, with what they hold. */
function files(run: string): Record<string, string> {
  return Object.fromEntries(
    fs
      .readdirSync(run, { recursive: true, encoding: 'utf8' })
      .filter((name) => fs.statSync(path.join(run, name)).isFile())
      .sort()
      .map((name) => [name, fs.readFileSync(path.join(run, name), 'utf8')]),
  );
}

function meta(run: string): Record<string, string> {
  const lines = files(run)['meta.yaml']!.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/: (.*)/).slice(0, 2)));
}

/** A training of three epochs of ten seconds, which ended 100 s after 1970 began. */
function training(name: string, history: Record<string, (number | null)[]>) {
  return { name, history, epochs: [0, 1, 2], seconds: [10, 10, 10], endedAt: 100_000 };
}

interface ReadRun {
  experiment: string;
  name: string;
  status: string;
  start: number;
  end: number;
  params: Record<string, string>;
  metrics: Record<string, [number, string, number][]>;
  tags: Record<string, string>;
  artifacts: [string, number][];
}

// What MLflow itself read of these runs: see fixtures/read_mlflow.py.
test('runs hold what MLflow read of them', () => {
  const { runs } = JSON.parse(
    fs.readFileSync(path.join(__dirname, 'fixtures', 'mlflow-read.json'), 'utf8'),
  ) as { runs: ReadRun[] };
  for (const run of exampleRuns(path.join(folder, 'example'))) {
    const about = meta(run);
    const read = runs.find(({ name }) => JSON.stringify(name) === about['run_name'])!;
    const found = files(run);
    const experiment = meta(path.dirname(run));
    assert.equal(experiment['name'], JSON.stringify(read.experiment));
    assert.equal(experiment['experiment_id'], about['experiment_id']);
    assert.equal(about['start_time'], String(read.start));
    assert.equal(about['end_time'], String(read.end));
    assert.equal(about['status'], { FINISHED: '3', KILLED: '5' }[read.status]);
    for (const [key, value] of Object.entries(read.params)) {
      assert.equal(found[`params/${key}`], value);
    }
    for (const [key, value] of Object.entries(read.tags)) assert.equal(found[`tags/${key}`], value);
    for (const [key, history] of Object.entries(read.metrics)) {
      const lines = found[`metrics/${key}`]!.trim().split('\n');
      assert.deepEqual(
        lines.map((line) => line.split(' ').map(Number)),
        history.map(([step, value, time]) => [
          time,
          value === 'inf' ? Number.NaN : Number(value),
          step,
        ]),
      );
    }
    const size = (prefix: string) =>
      Object.keys(found).filter((name) => name.startsWith(prefix)).length;
    assert.equal(size('params/'), Object.keys(read.params).length);
    assert.equal(size('metrics/'), Object.keys(read.metrics).length);
    assert.deepEqual(
      Object.keys(found).filter((name) => name.startsWith('artifacts/')),
      read.artifacts.map(([name]) => `artifacts/${name}`),
    );
  }
});

test('a second run of an experiment lies beside the first', () => {
  const trackingUri = path.join(folder, 'two');
  const [a, b] = ['a', 'b'].map((name) => MlflowRun.start({ trackingUri, name }).folder);
  assert.equal(path.dirname(a!), path.dirname(b!));
  assert.throws(() => MlflowRun.resume(folder), { code: 'missing-file' });
  for (const wrong of ['sqlite:///runs.db', 'databricks://profile', 'http:']) {
    assert.throws(() => MlflowRun.start({ trackingUri: wrong, name: 'a' }), {
      code: 'bad-option',
      message: /give a folder, or a server as http:/,
    });
  }
});

test('the callback writes a training by epoch', async () => {
  const model = tf.sequential({
    name: 'line',
    layers: [tf.layers.dense({ units: 1, inputShape: [1] })],
  });
  const tracker = new MLflow({
    trackingUri: path.join(folder, 'training'),
    parameters: { note: 'small' },
  });
  const x = { shape: [4, 1], values: Float32Array.of(0, 1, 2, 3) };
  const options = {
    epochs: 3,
    verbose: 0,
    loss: 'meanSquaredError',
    callbacks: [tracker],
  } as const;
  const { history } = await train(model, { x, y: x }, options as never);
  const run = tracker.current!;
  const found = files(run.folder);
  const losses = found['metrics/loss']!.trim().split('\n');
  assert.deepEqual(
    losses.map((line) => line.split(' ').slice(1).map(Number)),
    history['loss']!.map((loss, epoch) => [loss, epoch]),
  );
  assert.equal(found['params/note'], 'small');
  assert.equal(found['params/weights'], '2');
  assert.equal(found['params/epochs'], '3');
  assert.equal(meta(run.folder)['status'], '3');
  assert.equal(meta(run.folder)['run_name'], '"line"');
});

test('a resumed training continues in the same run', async () => {
  const trackingUri = path.join(folder, 'resumed');
  const run = MlflowRun.start({ trackingUri, name: 'net' });
  for (const epoch of [0, 1]) run.metric('loss', 1 + epoch, epoch);
  const tracker = new MLflow({ trackingUri });
  const training = new FakeTraining({}, [tracker]);
  tracker.attach(training);
  tracker.onTrainBegin();
  tracker.setState({ folder: run.folder, next: 1 });
  await tracker.onEpochEnd(1, { loss: 5 });
  await tracker.onTrainClosed(undefined);
  const lines = files(run.folder)['metrics/loss']!.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(1).join(' ')),
    ['1 0', '5 1'],
  );
  assert.equal(fs.readdirSync(path.dirname(run.folder)).length, 2);
});

test('a report is written as a run a notebook: parameters, metrics, bounds, trainings, figures', async () => {
  const out = path.join(folder, 'report');
  fs.mkdirSync(out);
  const outputs = [
    { data: { 'image/png': Buffer.from('picture').toString('base64') } },
    { data: { 'application/vnd.plotly.v1+json': { data: [], layout: {} } } },
    { text: ['printed'] },
  ];
  const cells = [{ outputs: [] }, { outputs }, {}];
  fs.writeFileSync(path.join(out, '02-cnn.ipynb'), JSON.stringify({ cells }));
  const notebook = {
    ...{ name: '02-cnn', status: 'bound-missed', cached: false, notebook: '02-cnn.ipynb' },
    ...{ html: null, startedAt: '2026-01-02T03:04:05.000Z', seconds: 60, failure: null, seeds: [] },
    parameters: { epochs: 8, profile: 'quick' },
    metrics: [{ section: '2.4', name: 'test accuracy', value: 0.97 }],
    bounds: [{ name: 'accuracy', value: 0.97, atLeast: 0.98, holds: false }],
    trainings: [
      training('cnn', { loss: [2, null, 0.5], val_loss: [3] }),
      training('cnn', { loss: [4, 3, 2] }),
    ],
  } as unknown as NotebookSummary;
  const summary = {
    ...{ profile: 'quick', engine: 'cpu' },
    notebooks: [notebook, { ...notebook, name: 'cached', cached: true }],
  } as Summary;
  const notes: string[] = [];
  const runs = await trackSummary(summary, out, {
    trackingUri: path.join(folder, 'reports'),
    render: async (plots) => plots.map(() => Buffer.from('rendered')),
    note: (message) => notes.push(message),
  });
  assert.equal(runs.length, 1);
  assert.deepEqual(notes, []);
  const { 'meta.yaml': _, ...found } = files(runs[0]!);
  const values = Object.fromEntries(
    Object.entries(found).map(([name, content]) => [name, content.split(' ')[1] ?? content]),
  );
  assert.equal(found['params/epochs'], '8');
  assert.equal(found['params/bound/accuracy'], '>= 0.98');
  assert.equal(values['metrics/2.4 test accuracy'], '0.97');
  assert.equal(values['metrics/bound/accuracy'], '0');
  assert.equal(found['tags/status'], 'bound-missed');
  assert.equal(found['artifacts/figures/cell-2-1.png'], 'picture');
  assert.equal(found['artifacts/figures/cell-2-2.plotly.json'], '{"data":[],"layout":{}}');
  assert.equal(found['artifacts/figures/cell-2-2.png'], 'rendered');
  // Epochs of 10 s each, the last of which ended at 100 s.
  assert.equal(found['metrics/training/cnn/loss'], '80000 2 0\n90000 nan 1\n100000 0.5 2\n');
  assert.equal(found['metrics/training/cnn/val_loss'], '100000 3 2\n');
  assert.equal(found['metrics/training/cnn-2/loss'], '80000 4 0\n90000 3 1\n100000 2 2\n');
  assert.ok(found['artifacts/02-cnn.ipynb']);
  assert.equal(meta(runs[0]!)['end_time'], String(Date.parse('2026-01-02T03:05:05.000Z')));
});

test('figures that cannot be rendered are told, and kept as JSON', async () => {
  const out = path.join(folder, 'unrendered');
  fs.mkdirSync(out);
  const plot = { 'application/vnd.plotly.v1+json': { data: [], layout: {} } };
  const cells = [{ outputs: [{ data: plot }] }];
  fs.writeFileSync(path.join(out, 'a.ipynb'), JSON.stringify({ cells }));
  const notebook = {
    ...{ name: 'a', status: 'passed', cached: false, notebook: 'a.ipynb', html: null },
    ...{ startedAt: null, seconds: 1, failure: null, seeds: [], parameters: {} },
    ...{ metrics: [], bounds: [], trainings: [] },
  } as unknown as NotebookSummary;
  const summary = { profile: 'quick', engine: null, notebooks: [notebook] } as unknown as Summary;
  const notes: string[] = [];
  const [run] = await trackSummary(summary, out, {
    trackingUri: path.join(folder, 'unrendered-runs'),
    render: async () => {
      throw new Error('no kaleido');
    },
    note: (message) => notes.push(message),
  });
  assert.deepEqual(notes, ["a: figures are kept as plotly's JSON alone: no kaleido"]);
  const names = Object.keys(files(run!)).filter((name) => name.startsWith('artifacts/figures'));
  assert.deepEqual(names, ['artifacts/figures/cell-1-1.plotly.json']);
});
