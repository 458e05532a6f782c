import * as path from 'node:path';
import { GradbookError } from '../../runtime';
import { lockFolder } from '../folder-lock';
import { removeLeftovers } from '../leftovers';
import { plan } from '../plan/plan';
import { duration, figure } from '../reporters/reporter';
import type { SweepContext } from './context';
import { runOnDask } from './dask';
import { runLocally } from './local';
import { type TrialRecord, trialKey } from './run-trial';
import type { SweepOptions } from './sweep-options';
import { TrialStore } from './trial-store';
import { type Trial, trialsOf } from './trials';

export interface SweepResult {
  records: TrialRecord[];
  /** Number of trials without a record. */
  missing: number;
  table: string;
}

/**
 * Runs a notebook with every combination of a grid. Valid trials of an earlier call are reused.
 *
 * @throws GradbookError `usage`, `parameter` or an error of the notebook, before anything starts
 */
export async function sweep(options: SweepOptions, signal: AbortSignal): Promise<SweepResult> {
  const planned = plan(options).find(({ neededOnly }) => !neededOnly)!;
  if (!planned.ready) throw new GradbookError(planned.failure!.message, 'usage');
  const trials = trialsOf(planned.ready.declared, options.grid, planned.runs);
  const folder = path.join(options.out, 'sweeps', planned.name);
  const store = new TrialStore(folder, trials);
  const keys = new Map(trials.map((one) => [one.id, trialKey(planned, one, options.data)]));
  const open = trials.flatMap((trial, index) => {
    if (!options.force && store.takeOver(trial, keys.get(trial.id)!)) return [];
    return [{ ...trial, label: `${index + 1}/${trials.length}: ${brief(trial, options)}` }];
  });
  store.writeTable();
  removeLeftovers();
  const release = lockFolder(folder);
  const say = options.verbosity === 'quiet' ? () => {} : console.log;
  say(`${trials.length} trials, ${trials.length - open.length} of them done before`);
  try {
    const context: SweepContext = {
      ...{ options, planned, signal, say, folder: store.trialFolder },
      done: (trial, { run, attempts }) => {
        const { id, parameters } = trial;
        if (run.status !== 'interrupted') {
          store.add({ id, parameters, key: keys.get(id)!, run, attempts });
        }
        say(`${trial.label} · ${run.status} in ${duration(run.seconds)}${figures(run)}`);
      },
    };
    if (open.length > 0) await (options.scheduler ? runOnDask : runLocally)(open, context);
  } finally {
    release();
  }
  const records = store.all();
  return { records, missing: trials.length - records.length, table: store.table };
}

/** The varied parameters with their values. */
function brief({ parameters }: Trial, options: SweepOptions): string {
  const varied = [...Object.keys(options.grid), ...(options.seeds > 1 ? ['seed'] : [])];
  return varied.map((name) => `${name}=${JSON.stringify(parameters[name])}`).join(' ');
}

function figures({ bounds, results, failure }: TrialRecord['run']): string {
  const values = [...bounds, ...results].map(({ name, value }) => ` · ${name} ${figure(value)}`);
  return values.join('') + (failure ? ` · ${failure.message.split('\n')[0]}` : '');
}
