import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { GradbookError, inWorkspace, writeFileAtomic } from '../runtime';

// MLflow's file store, as `mlflow.store.tracking.file_store` reads it: a folder per experiment, in
// it a folder per run, in that a file per parameter, metric and tag, and the artifacts.

export interface MlflowRunOptions {
  /** Folder of the store, from the workspace, also as `file:` URI. Default `mlruns`. */
  trackingUri?: string;
  /** Name of the experiment, created if missing. Default `gradbook`. */
  experiment?: string;
  /** Name of the run. */
  name: string;
  /** When it began, milliseconds since 1970. Default now. */
  startTime?: number;
}

export type MlflowStatus = 'FINISHED' | 'FAILED' | 'KILLED';

/** MLflow's `RunStatus`. */
const statuses = { RUNNING: 1, FINISHED: 3, FAILED: 4, KILLED: 5 } as const;

/** One run in MLflow's file store: `mlflow ui --backend-store-uri mlruns` shows it. */
export class MlflowRun {
  private constructor(
    /** The run's folder. */
    readonly folder: string,
    private readonly meta: Record<string, unknown>,
  ) {}

  /**
   * Begins a run.
   *
   * @throws GradbookError `bad-option` for a store that is not a folder
   */
  static start(options: MlflowRunOptions): MlflowRun {
    const { experiment = 'gradbook', name, startTime = Date.now() } = options;
    const store = storeFolder(options.trackingUri);
    const experimentId = experimentOf(store, experiment);
    const id = crypto.randomUUID().replaceAll('-', '');
    const folder = path.join(store, experimentId, id);
    const user = userName();
    for (const part of ['artifacts', 'metrics', 'params', 'tags']) {
      fs.mkdirSync(path.join(folder, part), { recursive: true });
    }
    const run = new MlflowRun(folder, {
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
    });
    run.writeMeta();
    run.tag('mlflow.runName', name);
    run.tag('mlflow.user', user);
    run.tag('mlflow.source.type', 'LOCAL');
    return run;
  }

  /**
   * Reopens an existing run.
   *
   * @throws GradbookError `missing-file`
   */
  static resume(folder: string): MlflowRun {
    const file = path.join(folder, 'meta.yaml');
    if (!fs.existsSync(file)) throw new GradbookError(`no MLflow run in ${folder}`, 'missing-file');
    const run = new MlflowRun(folder, readMeta(file));
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
    const file = path.join(this.folder, 'metrics', safe(key));
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
    writeFileAtomic(path.join(this.folder, 'artifacts', safe(name)), content);
  }

  /** Ends the run. */
  end(status: MlflowStatus = 'FINISHED', time = Date.now()): void {
    Object.assign(this.meta, { status: statuses[status], end_time: time });
    this.writeMeta();
  }

  private writeValue(kind: 'params' | 'tags', key: string, value: string): void {
    writeFileAtomic(path.join(this.folder, kind, safe(key)), value);
  }

  private writeMeta(): void {
    writeMeta(path.join(this.folder, 'meta.yaml'), this.meta);
  }
}

function storeFolder(uri = 'mlruns'): string {
  if (/^[a-z]+:/i.test(uri) && !uri.startsWith('file:')) {
    throw new GradbookError(
      `trackingUri '${uri}': give a folder; a server can serve runs from there by \`mlflow server --backend-store-uri FOLDER\``,
      'bad-option',
    );
  }
  return inWorkspace(uri.startsWith('file:') ? decodeURI(uri.replace(/^file:(\/\/)?/, '')) : uri);
}

/** The id of the experiment of that name, created if missing. */
function experimentOf(store: string, name: string): string {
  fs.mkdirSync(store, { recursive: true });
  for (const id of fs.readdirSync(store)) {
    const file = path.join(store, id, 'meta.yaml');
    if (fs.existsSync(file) && readMeta(file)['name'] === name) return id;
  }
  const id = String(crypto.randomInt(1e14, 2 ** 47));
  const folder = path.join(store, id);
  const now = Date.now();
  writeMeta(path.join(folder, 'meta.yaml'), {
    artifact_location: pathToFileURL(folder).href,
    creation_time: now,
    experiment_id: id,
    last_update_time: now,
    lifecycle_stage: 'active',
    name,
  });
  return id;
}

// JSON values are valid YAML on one line.
function writeMeta(file: string, meta: Record<string, unknown>): void {
  const lines = Object.entries(meta).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  writeFileAtomic(file, lines.join(''));
}

/** The plain values of a `meta.yaml`, also those written by MLflow, whose strings are not quoted. */
function readMeta(file: string): Record<string, unknown> {
  const meta: Record<string, unknown> = {};
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const [, key, value] = /^(\w+): (.*)$/.exec(line) ?? [];
    if (!key) continue;
    try {
      meta[key] = JSON.parse(value!);
    } catch {
      meta[key] = value!.replace(/^'(.*)'$/, '$1');
    }
  }
  return meta;
}

/** A name in the characters that MLflow allows, without path traversal. */
function safe(name: string): string {
  return name
    .split('/')
    .map((part) => part.replace(/[^\w.\- :]/g, '_').replace(/^\.+$/, '_'))
    .filter(Boolean)
    .join('/');
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
