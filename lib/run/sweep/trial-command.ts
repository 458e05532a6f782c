import * as fs from 'node:fs';
import * as path from 'node:path';
import { plan } from '../plan/plan';
import { silentReporter } from './context';
import { isTransient, runTrial } from './run-trial';
import type { SweepOptions } from './sweep-options';
import type { Trial } from './trials';

interface TrialOrder {
  trial: Trial;
  file: string;
  folder: string;
  options: SweepOptions;
}

/**
 * The worker of a sweep: runs the trial described on standard input and prints its record. Exits
 * with code 1 where a retry may succeed.
 */
export async function trialCommand(): Promise<number> {
  const order = JSON.parse(fs.readFileSync(0, 'utf8')) as TrialOrder;
  const { trial, file, folder, options } = order;
  // Without the worker nothing receives the result.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(1), 1000).unref();
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => abort.abort());
  const chosen = { ...options, notebooks: [file], folder: path.dirname(file) };
  const planned = plan(chosen).find(({ neededOnly }) => !neededOnly)!;
  const run = await runTrial(planned, trial, folder, {
    options,
    reporter: silentReporter,
    signal: abort.signal,
  });
  if (run.status === 'interrupted' || isTransient(run)) {
    console.error(run.failure?.message ?? run.status);
    return 1;
  }
  console.log(JSON.stringify({ run, attempts: 1 }));
  return 0;
}
