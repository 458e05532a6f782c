// `npm run spread`: runs the notebooks with several seeds, also emulating another processor, and
// prints mean, worst value and margin of every metric. See `--help`.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import {
  metricSpreads,
  type SeedRun,
  type Summary,
  sourceKey,
  spreadMarkdown,
  spreadRows,
  textTable,
} from '../lib/run';
import { environment, inWorkspace, writeFileAtomic } from '../lib/runtime';

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

function wrongUsage(message: string): never {
  console.error(`spread: ${message}. See \`npm run spread -- --help\`.`);
  process.exit(3);
}

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

function main(): number {
  const { values, positionals } = parseArgs({
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
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { profile, out, parameter } = values;
  if (!['smoke', 'quick', 'full'].includes(profile)) wrongUsage(`--profile ${profile}`);
  const chosen = values.machines.split(',');
  for (const name of chosen) if (!machines[name]) wrongUsage(`--machines ${name}`);
  const seeds = seedsOf(values.seeds);
  // Names a folder and the tables' files: only characters that every file system takes.
  const variant = [profile, ...parameter.map((text) => text.replace(/[^\w.=-]+/g, '_'))].join(' ');
  const key = [sourceKey(), ...positionals].join(' ');
  const runs: SeedRun[] = [];
  let failed = false;
  for (const seed of seeds) {
    for (const machine of chosen) {
      const folder = inWorkspace('.cache', 'spread', 'runs', variant, machine, `seed-${seed}`);
      if (!readRun(folder, key) && !values.table) {
        console.log(`— seed ${seed}, ${machine}, ${variant}`);
        fs.rmSync(path.join(folder, 'key'), { force: true });
        const { env, jobs } = machines[machine]!;
        const cache = cacheOf(machine);
        const args = ['--profile', profile, '--seed', String(seed), '--jobs', String(jobs)];
        const { status, signal } = spawnSync(
          process.execPath,
          [
            '--import',
            'tsx',
            'scripts/report.ts',
            ...positionals,
            ...args,
            ...parameter.flatMap((text) => ['-p', text]),
            '--no-html',
            '--out',
            folder,
          ],
          {
            cwd: inWorkspace('.'),
            stdio: 'inherit',
            env: {
              ...{ ...process.env, ...env, GRADBOOK_CACHE: cache },
              GRADBOOK_MODELS: path.join(folder, 'models'),
            },
          },
        );
        if (signal || status === 130) return 130;
        if (status === 0 || status === 2) writeFileAtomic(path.join(folder, 'key'), key);
      }
      const summary = readRun(folder, key);
      if (summary) runs.push({ seed, machine, summary });
      else failed ||= !values.table;
    }
  }
  const spreads = metricSpreads(runs);
  if (spreads.length === 0) {
    console.log('spread: no run has finished yet');
    return failed ? 1 : 0;
  }
  console.log(`\n${textTable(spreadRows(spreads), 60, process.stdout.columns || 160)}\n`);
  const folder = inWorkspace(out);
  const about = runs.map(({ seed, machine }) => ({ seed, machine }));
  fs.mkdirSync(folder, { recursive: true });
  writeFileAtomic(
    path.join(folder, `${variant}.json`),
    JSON.stringify({ profile, parameters: parameter, runs: about, metrics: spreads }, null, 1),
  );
  writeFileAtomic(path.join(folder, `${variant}.md`), spreadMarkdown(spreads));
  console.log(
    `${runs.length} of ${seeds.length * chosen.length} runs done; ${path.join(out, `${variant}.md`)}`,
  );
  if (failed) return 1;
  return spreads.some(({ margin }) => margin !== null && margin < 0) ? 2 : 0;
}

process.exit(main());
