import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { environment, GradbookError, writeFileAtomic } from '../runtime';
import { experimentOf, readMeta, safeName, writeMeta } from './file-store';
import { noteServer, sendRun, serverOf } from './send-run';
import { MlflowServer } from './server';
import { trackingTarget } from './target';

export interface MlflowRunOptions {
  /**
   * Folder of the store, from the workspace, also as `file:` URI; or a server, such as
   * `http://127.0.0.1:5000`, to which `send` sends what is written to the folder `mlruns`. Default
   * `MLFLOW_TRACKING_URI`, else `mlruns`.
   */
  trackingUri?: string;
  /** Folder, from the workspace, in which runs for a server are kept. Default `mlruns`. */
  store?: string;
  /**
   * Name of the experiment, which is made where it is not there. Default `MLFLOW_EXPERIMENT_NAME`, else
   * `gradbook`.
   */
  experiment?: string;
  /** Name of the run. */
  name: string;
  /** When it began, milliseconds since 1970. Default now. */
  startTime?: number;
}

export type MlflowStatus = 'FINISHED' | 'FAILED' | 'KILLED';

/** MLflow's `RunStatus`. */
const statuses = { RUNNING: 1, FINISHED: 3, FAILED: 4, KILLED: 5 } as const;

/**
 * One run in MLflow's file store: `mlflow ui --backend-store-uri mlruns` shows it. A run for a server is
 * written there too, so that it is not lost when the server is away, and sent by `send`.
 */
export class MlflowRun {
  private sending: Promise<void> = Promise.resolve();

  private constructor(
    /** The run's folder. */
    readonly folder: string,
    private readonly meta: Record<string, unknown>,
    /** The server that it is for; undefined for none. */
    private readonly server: MlflowServer | undefined,
  ) {}

  /**
   * Begins a run, in the folder alone.
   *
   * @throws GradbookError `bad-option` for a `trackingUri` that is neither folder nor server
   */
  static start(options: MlflowRunOptions): MlflowRun {
    const { name, startTime = Date.now() } = options;
    const experiment = options.experiment ?? environment().mlflow.experiment ?? 'gradbook';
    const { store, server: address } = trackingTarget(options.trackingUri, options.store);
    const server = address === undefined ? undefined : new MlflowServer(address);
    const experimentId = experimentOf(store, experiment);
    const id = crypto.randomUUID().replaceAll('-', '');
    const folder = path.join(store, experimentId, id);
    const user = userName();
    for (const part of ['artifacts', 'metrics', 'params', 'tags']) {
      fs.mkdirSync(path.join(folder, part), { recursive: true });
    }
    const meta = {
      artifact_uri: pathToFileURL(path.join(folder, 'artifacts')).href,
      end_time: null,
      entry_point_name: '',
      experiment_id: experimentId,
      lifecycle_stage: 'active',
      run_id: id,
      run_name: name,
      run_uuid: id,
      source_name: '',
      source_type: 4,
      source_version: '',
      start_time: startTime,
      status: statuses.RUNNING,
      tags: [],
      user_id: user,
    };
    const run = new MlflowRun(folder, meta, server);
    if (server) noteServer(folder, server.uri);
    run.writeMeta();
    run.tag('mlflow.runName', name);
    run.tag('mlflow.user', user);
    run.tag('mlflow.source.type', 'LOCAL');
    return run;
  }

  /**
   * Continues with a run that is there. One that is for a server stays so.
   *
   * @param trackingUri for the credentials in its address, where the server is the same
   * @throws GradbookError `missing-file`
   */
  static resume(folder: string, trackingUri?: string): MlflowRun {
    const file = path.join(folder, 'meta.yaml');
    if (!fs.existsSync(file)) throw new GradbookError(`no MLflow run in ${folder}`, 'missing-file');
    const uri = serverOf(folder);
    const given = trackingTarget(trackingUri).server;
    const same = given !== undefined && uri === new MlflowServer(given).uri;
    const server = uri === undefined ? undefined : new MlflowServer(same ? given : uri);
    const run = new MlflowRun(folder, readMeta(file), server);
    Object.assign(run.meta, { status: statuses.RUNNING, end_time: null });
    run.writeMeta();
    return run;
  }

  /** A parameter; a later value replaces the earlier one. */
  parameter(key: string, value: unknown): void {
    this.writeValue('params', key, text(value));
  }

  tag(key: string, value: unknown): void {
    this.writeValue('tags', key, text(value));
  }

  /** A metric's value at a step, such as an epoch. */
  metric(key: string, value: number, step = 0, time = Date.now()): void {
    const file = path.join(this.folder, 'metrics', safeName(key));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.appendFileSync(file, `${time} ${pythonNumber(value)} ${step}\n`);
  }

  /** Removes the values of metrics at this step and later ones. */
  cutMetrics(step: number): void {
    const folder = path.join(this.folder, 'metrics');
    for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(folder, name);
      if (fs.statSync(file).isDirectory()) continue;
      const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
      const kept = lines.filter((line) => Number(line.split(' ')[2]) < step);
      writeFileAtomic(file, kept.map((line) => `${line}\n`).join(''));
    }
  }

  /** A file among the run's artifacts, such as `figures/curve.png`. */
  artifact(name: string, content: string | Uint8Array): void {
    writeFileAtomic(path.join(this.folder, 'artifacts', safeName(name)), content);
  }

  /** Ends the run. */
  end(status: MlflowStatus = 'FINISHED', time = Date.now()): void {
    Object.assign(this.meta, { status: statuses[status], end_time: time });
    this.writeMeta();
  }

  /**
   * Sends what is new since the last call to the server; does nothing where there is none. A call that
   * fails loses nothing: the next one sends the rest, and so does `npm run track`.
   *
   * @throws GradbookError `mlflow-unreachable`, `mlflow-denied`, `mlflow-refused`
   */
  send(): Promise<void> {
    const { server, folder } = this;
    if (!server) return Promise.resolve();
    const next = this.sending.then(() => sendRun(folder, server)).then(() => {});
    this.sending = next.catch(() => {});
    return next;
  }

  private writeValue(kind: 'params' | 'tags', key: string, value: string): void {
    writeFileAtomic(path.join(this.folder, kind, safeName(key)), value);
  }

  private writeMeta(): void {
    writeMeta(path.join(this.folder, 'meta.yaml'), this.meta);
  }
}

function text(value: unknown): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  // MLflow's own limit.
  return (shown ?? String(value)).slice(0, 6000);
}

function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? 'inf' : '-inf';
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container may run under a user id without a name.
    return 'unknown';
  }
}
