// `npm run spread`: runs the notebooks with several seeds, also emulating another processor, and
// prints mean, worst value and margin of every metric. See `--help`.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type MetricSpread,
  metricSpreads,
  profiles,
  type SeedRun,
  type Summary,
  sourceKey,
  spreadMarkdown,
  spreadRows,
  textTable,
} from '../lib/run';
import { environment, inWorkspace, writeFileAtomic } from '../lib/runtime';
import { commandLine, wrongUsage as wrong } from './command-line';

const help = `usage: npm run spread -- [notebook ...] [options]

Runs the notebooks once with each seed, on this machine as it is and emulating a processor with AVX2 alone, and prints each metric's mean and worst value beside its bound. Finished runs are kept, and so are the notebooks that passed in a run that was stopped: the same command continues there, and repeats only what has changed.

  --profile NAME    smoke, quick or full                                  [quick]
  --seeds LIST      seeds, such as 1,2,3, or how many, from 1             [5]
  --machines LIST   of as-is (two threads) and avx2 (one thread a notebook) [as-is,avx2]
  -p, --parameter N=V   sets a parameter of the notebooks, such as precision=bfloat16; may be
                    repeated. Runs with other parameters are kept apart.
  --out DIR         folder of the tables                         [reports/spread]
  --table           prints the table of the finished runs and runs nothing
  -h, --help        this text

Exit codes: 0 every bound held in every run, 1 a notebook failed, 2 a bound was missed, 3 wrong usage.`;

const machines: Record<string, { env: Record<string, string>; jobs: number }> = {
  'as-is': { env: {}, jobs: 1 },
  avx2: { env: { ONEDNN_MAX_CPU_ISA: 'AVX2', TF_ENABLE_ONEDNN_OPTS: '0' }, jobs: 2 },
};

const wrongUsageCode = 3;
const wrongUsage = (message: string): never => wrong('spread', message, wrongUsageCode);

function seedsOf(text: string): number[] {
  const parts = text.split(',').map(Number);
  if (parts.some((seed) => !Number.isInteger(seed) || seed < 0)) {
    wrongUsage(`--seeds ${text}: give integers`);
  }
  return text.includes(',') ? parts : Array.from({ length: parts[0]! }, (_, i) => i + 1);
}

function readRun(folder: string, key: string): Summary | null {
  const [file, keyFile] = ['summary.json', 'key'].map((name) => path.join(folder, name));
  if (!fs.existsSync(file!) || !fs.existsSync(keyFile!)) return null;
  if (fs.readFileSync(keyFile!, 'utf8') !== key) return null;
  const summary = JSON.parse(fs.readFileSync(file!, 'utf8')) as Summary;
  const done = summary.notebooks.every(({ status }) => ['passed', 'bound-missed'].includes(status));
  return done && summary.missing.length === 0 ? summary : null;
}

/** Features depend on the processor, so each machine has its own cache with the same weights. */
function cacheOf(machine: string): string {
  const cache = inWorkspace('.cache', 'spread', machine);
  const weights = path.join(environment().cacheDir, 'weights');
  if (fs.existsSync(weights) && !fs.existsSync(path.join(cache, 'weights'))) {
    fs.cpSync(weights, path.join(cache, 'weights'), { recursive: true });
  }
  return cache;
}

interface Options {
  notebooks: string[];
  profile: string;
  seeds: number[];
  machines: string[];
  parameters: string[];
  out: string;
  table: boolean;
}

/** null: only the help was asked for. */
function optionsOf(): Options | null {
  const { values, positionals } = commandLine(
    'spread',
    {
      allowPositionals: true,
      options: {
        profile: { type: 'string', default: 'quick' },
        seeds: { type: 'string', default: '5' },
        machines: { type: 'string', default: 'as-is,avx2' },
        parameter: { type: 'string', short: 'p', multiple: true, default: [] as string[] },
        out: { type: 'string', default: 'reports/spread' },
        table: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    },
    wrongUsageCode,
  );
  if (values.help) return null;
  const { profile, out, table } = values;
  if (!profiles.some((known) => known === profile)) {
    wrongUsage(`--profile ${profile}: give smoke, quick or full`);
  }
  const chosen = values.machines.split(',');
  for (const name of chosen) {
    if (!machines[name]) wrongUsage(`--machines ${name}: give as-is, avx2 or both`);
  }
  return {
    ...{ notebooks: positionals, profile, out, table, parameters: values.parameter },
    ...{ seeds: seedsOf(values.seeds), machines: chosen },
  };
}

/** Profile and parameters: names the runs' folder and the tables' files. */
function variantOf({ profile, parameters }: Options): string {
  // Only characters that every file system takes.
  return [profile, ...parameters.map((text) => text.replace(/[^\w.=-]+/g, '_'))].join(' ');
}

/** Runs the notebooks once. @returns the runner's exit code; 130 if it was interrupted */
function runOnce(options: Options, seed: number, machine: string, folder: string): number {
  const { env, jobs } = machines[machine]!;
  const { status, signal } = spawnSync(
    process.execPath,
    [
      ...['--import', 'tsx', 'scripts/report.ts', ...options.notebooks],
      ...['--profile', options.profile, '--seed', String(seed), '--jobs', String(jobs)],
      ...options.parameters.flatMap((text) => ['-p', text]),
      ...['--no-html', '--out', folder],
    ],
    {
      cwd: inWorkspace('.'),
      stdio: 'inherit',
      env: {
        ...{ ...process.env, ...env, GRADBOOK_CACHE: cacheOf(machine) },
        GRADBOOK_MODELS: path.join(folder, 'models'),
      },
    },
  );
  return signal ? 130 : (status ?? 1);
}

function writeTables(options: Options, runs: readonly SeedRun[], spreads: MetricSpread[]): void {
  const folder = inWorkspace(options.out);
  const name = variantOf(options);
  const about = runs.map(({ seed, machine }) => ({ seed, machine }));
  const { profile, parameters } = options;
  fs.mkdirSync(folder, { recursive: true });
  writeFileAtomic(
    path.join(folder, `${name}.json`),
    JSON.stringify({ profile, parameters, runs: about, metrics: spreads }, null, 1),
  );
  writeFileAtomic(path.join(folder, `${name}.md`), spreadMarkdown(spreads));
  const all = options.seeds.length * options.machines.length;
  console.log(`${runs.length} of ${all} runs done; ${path.join(options.out, `${name}.md`)}`);
}

function main(): number {
  const options = optionsOf();
  if (!options) {
    console.log(help);
    return 0;
  }
  const variant = variantOf(options);
  const key = [sourceKey(), ...options.notebooks].join(' ');
  const runs: SeedRun[] = [];
  let failed = false;
  for (const seed of options.seeds) {
    for (const machine of options.machines) {
      const folder = inWorkspace('.cache', 'spread', 'runs', variant, machine, `seed-${seed}`);
      if (!readRun(folder, key) && !options.table) {
        console.log(`— seed ${seed}, ${machine}, ${variant}`);
        fs.rmSync(path.join(folder, 'key'), { force: true });
        const status = runOnce(options, seed, machine, folder);
        if (status === 130) return 130;
        if (status === 0 || status === 2) writeFileAtomic(path.join(folder, 'key'), key);
      }
      const summary = readRun(folder, key);
      if (summary) runs.push({ seed, machine, summary });
      else failed ||= !options.table;
    }
  }
  const spreads = metricSpreads(runs);
  if (spreads.length === 0) {
    console.log('spread: no run has finished yet');
    return failed ? 1 : 0;
  }
  console.log(`\n${textTable(spreadRows(spreads), 60, process.stdout.columns || 160)}\n`);
  writeTables(options, runs, spreads);
  if (failed) return 1;
  return spreads.some(({ margin }) => margin !== null && margin < 0) ? 2 : 0;
}

process.exit(main());
