// `npm run measure:exchange`: measures exported and imported networks and writes
// docs/models-measured.md. `--help` tells the rest.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { inWorkspace } from '../../lib/runtime';
import { referencePython } from './reference-python';

const usage = `npm run measure:exchange [-- --only exports|imports] [--keep]

Trains small networks, exports them in every format, has the formats' own libraries compute the same
images, imports networks of keras.applications, and writes docs/models-measured.md. Takes about half
an hour on two cores, and 2.5 GB of .cache/exchange for Python.

--only  measures that part; the other is taken from an earlier call with --keep
--keep  leaves the exported and imported networks in .cache/exchange`;

const here = (...names: string[]) => path.join(__dirname, ...names);
const kept = (name: string) => inWorkspace('.cache', 'exchange', name);

/** Runs a step in a process of its own, so that its memory is free for the next. */
function step(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(`measure:exchange: ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}

function typescript(file: string, ...args: string[]): void {
  step(process.execPath, '--import', 'tsx', here(file), ...args);
}

function emptied(name: string): string {
  fs.rmSync(kept(name), { recursive: true, force: true });
  fs.mkdirSync(kept(name), { recursive: true });
  return kept(name);
}

function main(): void {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const parts = ['exports', 'imports'];
  if (values.help || (values.only && !parts.includes(values.only))) {
    console.log(usage);
    process.exit(values.help ? 0 : 3);
  }
  const wanted = parts.filter((part) => !values.only || part === values.only);
  const missing = parts.find((part) => !wanted.includes(part) && !fs.existsSync(kept(part)));
  if (missing) {
    console.error(`measure:exchange: no ${missing} of an earlier call: leave out --only`);
    process.exit(3);
  }
  const python = referencePython();
  if (wanted.includes('exports')) {
    const folder = emptied('exports');
    typescript('measure.ts', folder, 'trained');
    step(python, here('measure.py'), folder);
  }
  if (wanted.includes('imports')) {
    step(python, here('fixtures', 'keras_models.py'), 'applications', emptied('imports'));
  }
  typescript('tables.ts', kept('exports'), kept('imports'));
  if (values.keep) return;
  for (const part of parts) fs.rmSync(kept(part), { recursive: true, force: true });
}

main();
