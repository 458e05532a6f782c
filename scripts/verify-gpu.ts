// Checks this machine's device: arithmetic, determinism, gradients, a training, and speed. Meant
// for GPUs; runs on a CPU as well.
import * as path from 'node:path';
import { GradbookError, inWorkspace, writeFileAtomic } from '../lib/runtime';
import { commandLine } from './command-line';
import { type Check, checks, machine } from './verify/checks';
import { trainedHash } from './verify/trained';

const help = `usage: npm run verify:gpu -- [--short] [--trained-hash]

Checks device, float32 arithmetic, TF32, determinism (in one process and in two), gradients against
tfjs's plain backend and a training on the data set, and measures images per second. Writes
reports/verify-gpu.json, for a bug report. Without a GPU it checks the CPU.

  --short          smaller trainings, half a minute
  --trained-hash   print the hash of one training's weights and nothing else`;

const { values } = commandLine('verify:gpu', {
  options: {
    short: { type: 'boolean', default: false },
    'trained-hash': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

async function main(): Promise<void> {
  if (values.help) {
    console.log(help);
    return;
  }
  if (values['trained-hash']) {
    console.log(await trainedHash());
    return;
  }
  const about = machine();
  console.log(`TensorFlow ${about.tensorflow} on the ${about.device}`);
  if (about.device !== 'GPU') console.log('TensorFlow uses no GPU: the CPU is checked.');
  const results: (Check & { name: string; seconds: number })[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const start = performance.now();
    let result: Check;
    try {
      result = await check(values.short);
    } catch (error) {
      const code = error instanceof GradbookError ? ` (${error.code})` : '';
      result = { ok: false, value: `${(error as Error).message.split('\n')[0]}${code}` };
    }
    const seconds = (performance.now() - start) / 1000;
    results.push({ name, ...result, seconds });
    console.log(`${result.ok ? '✓' : '✗'} ${name.padEnd(42)} ${result.value}`);
  }
  const ok = results.every((result) => result.ok);
  const file = inWorkspace('reports', 'verify-gpu.json');
  const memory = process.resourceUsage().maxRSS * 1024;
  const report = {
    date: new Date().toISOString(),
    ...about,
    ok,
    short: values.short,
    memory,
    results,
  };
  writeFileAtomic(file, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`\nwritten to ${path.relative(process.cwd(), file)}`);
  process.exitCode = ok ? 0 : 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
