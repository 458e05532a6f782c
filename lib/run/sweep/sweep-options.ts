import { GradbookError } from '../../runtime';
import { parseOptions, type ReportOptions } from '../plan/options';
import { parseAssignment } from '../plan/parameter-values';

/** Options of `npm run sweep`. */
export interface SweepOptions extends ReportOptions {
  /** Values by parameter, as given. */
  grid: Record<string, string[]>;
  /** Number of retries of a trial whose kernel died or timed out. */
  retries: number;
  /** Address of a Dask scheduler, such as `tcp://10.0.0.1:8786`. */
  scheduler: string | undefined;
  /** A Python with the package `distributed`. */
  python: string;
}

export const sweepUsage = `npm run sweep -- <notebook> --grid name=v1,v2 [--grid …] [options]

Runs a notebook with every combination of the values and writes the metrics to
reports/sweeps/<notebook>/results.csv as they arrive. Called again, it continues where it
stopped; trials whose code, data and engine have not changed are not repeated.

  --grid NAME=V1,V2     values of a parameter; values that are lists: NAME='[1,2];[3]'
  --seeds N             every combination with N seeds                           [1]
  --jobs N              trials in parallel, sharing the processors               [1]
  --retries N           retries of a trial whose kernel died                     [1]
  --scheduler ADDRESS   runs the trials on a Dask cluster, such as tcp://host:8786;
                        its workers need this workspace, set up, at the same path
  --python FILE         a Python with the package "distributed", for --scheduler
  --profile, -p, --params, --epochs, --examples, --seed, --data, --force, --out,
  --start-timeout, --cell-timeout, --timeout, --quiet    as in npm run report

Exit codes: 0 every trial ran, 1 some failed, 3 wrong usage, 130 interrupted.
Trials that miss a bound count as run: they are results of a sweep too.`;

const own = ['--grid', '--retries', '--scheduler', '--python'];

/**
 * Reads the command line.
 *
 * @throws GradbookError `usage`
 */
export function parseSweepOptions(args: readonly string[]): SweepOptions {
  const rest: string[] = [];
  const given: [string, string][] = [];
  for (let i = 0; i < args.length; i++) {
    const [name, ...value] = args[i]!.split('=');
    if (!own.includes(name!)) rest.push(args[i]!);
    else if (value.length > 0) given.push([name!, value.join('=')]);
    else if (args[i + 1] !== undefined) given.push([name!, args[++i]!]);
    else throw wrong(`${name} needs a value`);
  }
  const last = (name: string) => given.filter(([one]) => one === name).pop()?.[1];
  // A single trial uses all threads, as the notebook does by itself.
  const report = parseOptions(rest, 1);
  const grid: Record<string, string[]> = {};
  for (const [, text] of given.filter(([name]) => name === '--grid')) {
    const [name, values] = parseAssignment(text);
    grid[name] = values.includes(';') ? values.split(';') : values.split(',');
  }
  const retries = Number(last('--retries') ?? 1);
  if (!Number.isInteger(retries) || retries < 0) {
    throw wrong(`--retries "${last('--retries')}" must be an integer of 0 or more`);
  }
  if (!report.help && report.notebooks.length !== 1) {
    throw wrong(`a sweep runs one notebook, not ${report.notebooks.length}`);
  }
  const python = last('--python') ?? '.venv/bin/python';
  return { ...report, grid, retries, scheduler: last('--scheduler'), python };
}

const wrong = (message: string) =>
  new GradbookError(`${message}. See \`npm run sweep -- --help\`.`, 'usage');
