#!/usr/bin/env node
// Runs the tests that compute, and the smoke notebooks, emulating other processors: oneDNN's
// instruction sets, TensorFlow's own choice of oneDNN, one and two threads. Prints a table.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { secondsSince } from './setup/say.mjs';
import { inWorkspace, root } from './setup/workspace.mjs';
import { testFiles } from './test/files.mjs';
import { allMachines, instructionSets, shortMachines } from './test/machines.mjs';
import { readSummary } from './test/summary.mjs';

const help = `usage: npm run test:machines -- [options] [test file ...]

Emulates other processors on this one (instruction sets can only be disabled) and runs
the tests that compute under each; a table with the failures of each row comes last.

  --short        two rows only: AVX2 with one thread, and all that this processor has with two
  --row TEXT     only the rows whose name contains TEXT; may be repeated
  --notebooks    the smoke notebooks under each row, too
  --list         prints the rows and runs nothing
  -h, --help     this text

Exit codes: 0 all passed, 1 a row failed, 2 wrong usage.`;

/** Folders of `test` whose results come from libtensorflow. */
const computing = ['cam', 'models', 'ops', 'runtime', 'training'];

/**
 * @param {string[]} command
 * @param {Record<string, string>} env
 */
function run([program = '', ...args], env) {
  const { TF_ENABLE_ONEDNN_OPTS: _, ONEDNN_MAX_CPU_ISA: __, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...rest, ...env },
    maxBuffer: 1 << 28,
  });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}

/**
 * @param {Record<string, string>} env
 * @param {string[]} files
 */
function runUnitTests(env, files) {
  const flags = ['--import', 'tsx', '--test', '--test-reporter=spec', '--test-concurrency=2'];
  const { ok, output } = run([process.execPath, ...flags, ...files], env);
  const summary = readSummary(output);
  const ran = (summary.get('tests') ?? 0) > 0;
  if (!(ok && ran)) console.log(output.slice(output.lastIndexOf('failing tests')));
  return { ok: ok && ran, remark: `${summary.get('pass') ?? 0} of ${summary.get('tests') ?? 0}` };
}

/** @param {Record<string, string>} env */
function runSmokeNotebooks(env) {
  fs.mkdirSync(inWorkspace('.cache'), { recursive: true });
  const output = fs.mkdtempSync(inWorkspace('.cache', 'machines-'));
  const args = ['scripts/report.ts', '--profile', 'smoke', '--no-html', '--force', '--out', output];
  try {
    const models = { GRADBOOK_MODELS: path.join(output, 'models') };
    const result = run([process.execPath, '--import', 'tsx', ...args], { ...env, ...models });
    if (!result.ok) console.log(result.output);
    return { ok: result.ok, remark: result.ok ? 'notebooks passed' : 'a notebook failed' };
  } finally {
    fs.rmSync(output, { recursive: true, force: true });
  }
}

/** @returns {number} the exit code */
function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      row: { type: 'string', multiple: true, default: /** @type {string[]} */ ([]) },
      notebooks: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const missing = positionals.find((file) => !fs.existsSync(path.resolve(root, file)));
  if (missing) throw new Error(`missing test file: ${missing}`);
  const files =
    positionals.length > 0
      ? positionals
      : testFiles().filter((file) => computing.includes(file.split('/')[1] ?? ''));
  const sets = instructionSets();
  const { row } = values;
  const machines = (values.short ? shortMachines(sets) : allMachines(sets)).filter(
    ({ name }) => row.length === 0 || row.some((text) => name.includes(text)),
  );
  if (machines.length === 0) throw new Error(`no row is named ${row.join(' or ')}; see --list`);
  if (values.list) {
    for (const { name } of machines) console.log(name);
    return 0;
  }
  const lines = [];
  let allOk = true;
  for (const { name, env } of machines) {
    console.log(`— ${name}`);
    const start = performance.now();
    const results = [runUnitTests(env, files)];
    if (values.notebooks) results.push(runSmokeNotebooks(env));
    const ok = results.every((result) => result.ok);
    const remarks = results.map(({ remark }) => remark).join(', ');
    const line = `${ok ? '✔' : '✖'} ${name.padEnd(58)}${secondsSince(start).padStart(8)}  ${remarks}`;
    console.log(line);
    lines.push(line);
    allOk &&= ok;
  }
  console.log(`\n${lines.join('\n')}`);
  return allOk ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`test:machines: ${/** @type {Error} */ (error).message}\n\n${help}`);
  process.exitCode = 2;
}
