import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFileAtomic } from '../runtime';

// MLflow's file store, as `mlflow.store.tracking.file_store` reads it: a folder an experiment, in it a
// folder a run, in that a file a parameter, metric and tag, and the artifacts.

/** The id of the experiment of that name, which is made where there is none. */
export function experimentOf(store: string, name: string): string {
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

/** Writes a `meta.yaml`: a value as JSON is a value as YAML, on its one line. */
export function writeMeta(file: string, meta: Record<string, unknown>): void {
  const lines = Object.entries(meta).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  writeFileAtomic(file, lines.join(''));
}

/** The plain values of a `meta.yaml`, of MLflow's as well, whose words have no quotes. */
export function readMeta(file: string): Record<string, unknown> {
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

/** A name in the letters that MLflow takes; nothing leads out of the folder. */
export function safeName(name: string): string {
  return name
    .split('/')
    .map((part) => part.replace(/[^\w.\- :]/g, '_').replace(/^\.+$/, '_'))
    .filter(Boolean)
    .join('/');
}
