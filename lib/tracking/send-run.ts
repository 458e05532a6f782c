import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError, writeFileAtomic } from '../runtime';
import { type MetricValue, readRun, type StoredRun } from './read-run';
import { MlflowRefusal, type MlflowServer } from './server';

/** What a server has of a run. Kept in `sent.json` beside the run, without credentials. */
interface Sent {
  uri: string;
  runId?: string;
  /** Where the server keeps the run's artifacts. */
  artifactUri?: string;
  params: Record<string, string>;
  tags: Record<string, string>;
  /** By the metric's key: `step value`. */
  metrics: Record<string, string[]>;
  artifacts: Record<string, string>;
  /** Status and end, as they were sent. */
  state?: string;
}

/** MLflow's limits on one request. */
const most = { texts: 100, metrics: 1000 };

const statusNames: Record<number, string> = {
  ...{ 1: 'RUNNING', 2: 'SCHEDULED', 3: 'FINISHED', 4: 'FAILED', 5: 'KILLED' },
};

/** Notes which server the run is for, so that `unsentRuns` finds it. */
export function noteServer(folder: string, uri: string): void {
  if (serverOf(folder) !== uri) write(folder, nothing(uri));
}

/** The server that the run is for, without credentials; undefined where it is for none. */
export function serverOf(folder: string): string | undefined {
  return read(folder)?.uri;
}

/**
 * Sends what the server does not have yet: the run itself, parameters, tags, metrics, the status, then
 * the artifacts. What was sent is noted after every request, so that a call after an error goes on
 * where that one stopped (a server that made the run and did not answer keeps an empty one). A parameter keeps its first value on a server; values of a metric that are
 * the same at the same step are sent once.
 *
 * @param folder of a run in a file store
 * @returns the run's id on the server
 * @throws GradbookError `missing-file`, and as `MlflowServer` does
 */
export async function sendRun(folder: string, server: MlflowServer): Promise<string> {
  const run = readRun(folder);
  const known = read(folder);
  const sent = known?.uri === server.uri ? known : nothing(server.uri);
  const runId = await createRun(run, sent, server);
  await sendTexts(run, sent, server, runId);
  await sendMetrics(run, sent, server, runId);
  await sendState(run, sent, server, runId);
  await sendArtifacts(run, sent, server);
  return runId;
}

/** Runs of the store that are for a server which does not have all of them. */
export function unsentRuns(store: string): string[] {
  if (!fs.existsSync(store)) return [];
  return fs
    .readdirSync(store)
    .flatMap((experiment) => {
      const folder = path.join(store, experiment);
      return fs.statSync(folder).isDirectory()
        ? fs.readdirSync(folder).map((run) => path.join(folder, run))
        : [];
    })
    .filter((folder) => fs.existsSync(path.join(folder, 'sent.json')) && !isSent(folder));
}

function isSent(folder: string): boolean {
  const run = readRun(folder);
  const sent = read(folder)!;
  const { params, tags } = newTexts(run, sent);
  return (
    sent.state === stateOf(run).key &&
    params.length + tags.length + newMetrics(run, sent).length + newArtifacts(run, sent).length ===
      0
  );
}

async function createRun(run: StoredRun, sent: Sent, server: MlflowServer): Promise<string> {
  if (sent.runId) return sent.runId;
  const { info } = (
    await server.post<{ run: { info: { run_id: string; artifact_uri: string } } }>('runs/create', {
      experiment_id: await experimentId(run.experiment, server),
      user_id: run.meta['user_id'],
      run_name: run.meta['run_name'],
      start_time: run.meta['start_time'],
    })
  ).run;
  sent.runId = info.run_id;
  sent.artifactUri = info.artifact_uri;
  write(run.folder, sent);
  return info.run_id;
}

async function experimentId(name: string, server: MlflowServer): Promise<string> {
  const find = async () =>
    (
      await server.get<{ experiment: { experiment_id: string } }>('experiments/get-by-name', {
        experiment_name: name,
      })
    ).experiment.experiment_id;
  try {
    return await find();
  } catch (error) {
    if (!isRefusal(error, 'RESOURCE_DOES_NOT_EXIST')) throw error;
  }
  try {
    const made = await server.post<{ experiment_id: string }>('experiments/create', { name });
    return made.experiment_id;
  } catch (error) {
    // Another process made it in between.
    if (isRefusal(error, 'RESOURCE_ALREADY_EXISTS')) return find();
    throw error;
  }
}

function isRefusal(error: unknown, reason: string): boolean {
  return error instanceof MlflowRefusal && error.reason === reason;
}

function newTexts(run: StoredRun, sent: Sent) {
  const pairs = (texts: Record<string, string>) =>
    Object.entries(texts).map(([key, value]) => ({ key, value }));
  return {
    params: pairs(run.params).filter(({ key }) => !Object.hasOwn(sent.params, key)),
    tags: pairs(run.tags).filter(({ key, value }) => sent.tags[key] !== value),
  };
}

async function sendTexts(run: StoredRun, sent: Sent, server: MlflowServer, run_id: string) {
  const texts = newTexts(run, sent);
  for (const kind of ['params', 'tags'] as const) {
    for (const part of parts(texts[kind], most.texts)) {
      await server.post('runs/log-batch', { run_id, [kind]: part });
      for (const { key, value } of part) sent[kind][key] = value;
      write(run.folder, sent);
    }
  }
}

const metricKey = ({ step, value }: MetricValue): string => `${step} ${value}`;

function newMetrics(run: StoredRun, sent: Sent): MetricValue[] {
  const known = new Map(Object.entries(sent.metrics).map(([key, list]) => [key, new Set(list)]));
  return run.metrics.filter((metric) => !known.get(metric.key)?.has(metricKey(metric)));
}

async function sendMetrics(run: StoredRun, sent: Sent, server: MlflowServer, run_id: string) {
  for (const metrics of parts(newMetrics(run, sent), most.metrics)) {
    await server.post('runs/log-batch', { run_id, metrics });
    for (const metric of metrics) {
      sent.metrics[metric.key] ??= [];
      sent.metrics[metric.key]!.push(metricKey(metric));
    }
    write(run.folder, sent);
  }
}

function stateOf({ meta }: StoredRun) {
  const status = statusNames[Number(meta['status'])] ?? String(meta['status']);
  const end = typeof meta['end_time'] === 'number' ? { end_time: meta['end_time'] } : {};
  return { status, end, key: JSON.stringify([status, end]) };
}

async function sendState(run: StoredRun, sent: Sent, server: MlflowServer, run_id: string) {
  const { status, end, key } = stateOf(run);
  if (sent.state === key) return;
  await server.post('runs/update', { run_id, status, ...end });
  sent.state = key;
  write(run.folder, sent);
}

function newArtifacts(run: StoredRun, sent: Sent): string[] {
  return Object.keys(run.artifacts).filter((name) => sent.artifacts[name] !== run.artifacts[name]);
}

async function sendArtifacts(run: StoredRun, sent: Sent, server: MlflowServer): Promise<void> {
  const names = newArtifacts(run, sent);
  const root = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*?)\/*$/.exec(sent.artifactUri ?? '')?.[1];
  if (names.length > 0 && root === undefined) {
    throw new GradbookError(
      `the MLflow server ${server.uri} keeps artifacts in ${sent.artifactUri}, where only it can write: start it with --serve-artifacts; ${names.length} files were not sent`,
      'mlflow-refused',
    );
  }
  for (const name of names) {
    const content = fs.readFileSync(path.join(run.folder, 'artifacts', name));
    await server.upload(`${root}/${name}`, content);
    sent.artifacts[name] = run.artifacts[name]!;
    write(run.folder, sent);
  }
}

function* parts<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

function nothing(uri: string): Sent {
  return { uri, params: {}, tags: {}, metrics: {}, artifacts: {} };
}

function read(folder: string): Sent | undefined {
  const file = path.join(folder, 'sent.json');
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Sent) : undefined;
}

function write(folder: string, sent: Sent): void {
  writeFileAtomic(path.join(folder, 'sent.json'), JSON.stringify(sent));
}
