import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Notebook } from '../../jupyter';
import { environment, inWorkspace } from '../../runtime';
import { engineName } from '../engine-name';
import { reachedFiles } from './reach';

/** Everything that a run's result depends on. */
export interface CacheKey {
  /** Hash of the kernel's name and the code cells, the injected one among them. */
  code: string;
  parameters: Record<string, unknown>;
  /** Hashes of the workspace's files that the code reaches, by their paths. */
  files: Record<string, string>;
  data: string;
  lockfile: string;
  engine: string;
  /** The settings that choose TensorFlow's and oneDNN's kernels. */
  kernels: string;
  node: string;
  /** Start times of the runs of the needed notebooks whose models it uses. */
  needs: Record<string, string>;
}

export function sha256(content: string | Uint8Array): string {
  return crypto.createHash('sha256').update(content).digest('hex');
}

function fileHash(file: string): string {
  return fs.existsSync(file) ? sha256(fs.readFileSync(file)) : 'none';
}

/** The data set by its build record; a folder without one by names, sizes and times. */
function dataHash(folder: string): string {
  const record = path.join(folder, 'build.json');
  if (fs.existsSync(record)) return fileHash(record);
  if (!fs.existsSync(folder)) return 'none';
  const files = fs.readdirSync(folder).map((name) => {
    const { size, mtimeMs } = fs.statSync(path.join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return sha256(files.sort().join('\n'));
}

/** @param notebook with its parameters injected */
export function cacheKey(
  notebook: Notebook,
  about: {
    parameters: Record<string, unknown>;
    data: string | undefined;
    needs: Record<string, string>;
  },
): CacheKey {
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
  const kernel = notebook.metadata.kernelspec?.name ?? '';
  const sources = code.map(({ source, metadata }) => JSON.stringify([source, metadata.tags ?? []]));
  const reached = reachedFiles(code.map(({ source }) => source));
  const { dataDir, weights, kernels } = environment();
  const data = [dataHash(about.data ?? dataDir), weights ?? ''].join(' ').trim();
  return {
    code: sha256([kernel, ...sources].join('\n')),
    parameters: about.parameters,
    files: Object.fromEntries(reached.map((file) => [file, fileHash(inWorkspace(file))])),
    data,
    lockfile: fileHash(inWorkspace('package-lock.json')),
    engine: engineName() ?? 'none',
    kernels,
    node: process.version,
    needs: about.needs,
  };
}

/** What differs between two keys, in words; empty when nothing does. */
export function differences(before: CacheKey, now: CacheKey): string[] {
  const words: string[] = [];
  if (before.code !== now.code) words.push('its code changed');
  if (JSON.stringify(before.parameters) !== JSON.stringify(now.parameters)) {
    words.push('its parameters changed');
  }
  const files = Object.keys({ ...before.files, ...now.files });
  const changed = files.filter((file) => before.files[file] !== now.files[file]);
  if (changed.length > 2) words.push(`${changed[0]} and ${changed.length - 1} other files changed`);
  else if (changed.length > 0) words.push(`${changed.join(' and ')} changed`);
  if (before.data !== now.data) words.push('the data set changed');
  if (before.lockfile !== now.lockfile) words.push('package-lock.json changed');
  if (before.engine !== now.engine) {
    words.push(`the engine is ${now.engine}, it was ${before.engine}`);
  }
  if (before.kernels !== now.kernels) {
    words.push('ONEDNN_MAX_CPU_ISA or TF_ENABLE_ONEDNN_OPTS changed');
  }
  if (before.node !== now.node) words.push(`Node is ${now.node}, it was ${before.node}`);
  for (const [need, began] of Object.entries(now.needs)) {
    if (before.needs[need] !== began) words.push(`${need} ran again`);
  }
  return words;
}
