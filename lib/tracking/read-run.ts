import * as fs from 'node:fs';
import * as path from 'node:path';
import { GradbookError } from '../runtime';
import { readMeta } from './file-store';

/** A value of a metric, as MLflow's API takes it. */
export interface MetricValue {
  key: string;
  /** JSON has no NaN and infinities: protocol buffers write them as words. */
  value: number | string;
  /** Milliseconds since 1970. */
  timestamp: number;
  step: number;
}

/** A run of the file store, read. */
export interface StoredRun {
  folder: string;
  /** Name of its experiment. */
  experiment: string;
  meta: Record<string, unknown>;
  params: Record<string, string>;
  tags: Record<string, string>;
  metrics: MetricValue[];
  /** Names of its artifacts, with slashes, and what changes when their content does. */
  artifacts: Record<string, string>;
}

/**
 * Reads a run of the file store; MLflow's own as well.
 *
 * @throws GradbookError `missing-file`
 */
export function readRun(folder: string): StoredRun {
  const file = path.join(folder, 'meta.yaml');
  if (!fs.existsSync(file)) throw new GradbookError(`no MLflow run in ${folder}`, 'missing-file');
  const experiment = readMeta(path.join(folder, '..', 'meta.yaml'))['name'];
  const texts = (part: string) =>
    Object.fromEntries(
      filesBelow(folder, part).map((name) => [
        name,
        fs.readFileSync(path.join(folder, part, name), 'utf8'),
      ]),
    );
  return {
    folder,
    experiment: String(experiment),
    meta: readMeta(file),
    params: texts('params'),
    tags: texts('tags'),
    metrics: Object.entries(texts('metrics')).flatMap(([key, lines]) => valuesOf(key, lines)),
    artifacts: Object.fromEntries(
      filesBelow(folder, 'artifacts').map((name) => {
        const { size, mtimeMs } = fs.statSync(path.join(folder, 'artifacts', name));
        return [name, `${size} ${mtimeMs}`];
      }),
    ),
  };
}

function filesBelow(folder: string, part: string): string[] {
  const from = path.join(folder, part);
  if (!fs.existsSync(from)) return [];
  return fs
    .readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(from, name)).isFile())
    .map((name) => name.split(path.sep).join('/'))
    .sort();
}

const words: Record<string, string> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' };

function valuesOf(key: string, lines: string): MetricValue[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [timestamp, value = 'nan', step] = line.split(' ');
      return {
        key,
        value: words[value] ?? Number(value),
        timestamp: Number(timestamp),
        step: Number(step ?? 0),
      };
    });
}
